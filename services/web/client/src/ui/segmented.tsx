import { ToggleButton, ToggleButtonGroup } from 'react-aria-components';

/** One of a few choices, all in sight. Arrows move. */
export function Segmented<Choice extends string>({
  label,
  choices,
  chosen,
  onChoose,
}: {
  label: string;
  choices: readonly (readonly [Choice, string])[];
  chosen: Choice;
  onChoose: (choice: Choice) => void;
}) {
  return (
    <ToggleButtonGroup
      className="seg"
      aria-label={label}
      selectionMode="single"
      disallowEmptySelection
      selectedKeys={[chosen]}
      onSelectionChange={(keys) => {
        const choice = choices.find(([key]) => keys.has(key));
        if (choice !== undefined) onChoose(choice[0]);
      }}
    >
      {choices.map(([key, word]) => (
        <ToggleButton key={key} id={key}>
          {word}
        </ToggleButton>
      ))}
    </ToggleButtonGroup>
  );
}

import type { ReactNode } from 'react';
import { Button, Menu, MenuItem, MenuTrigger, Popover } from 'react-aria-components';
import { Icon } from './icon.tsx';

/** A menu that picks one of several, such as the project. The button shows what is picked. */
export function ChoiceMenu<Choice extends string>({
  label,
  choices,
  chosen,
  onChoose,
  icon,
  className = '',
}: {
  label: string;
  choices: readonly (readonly [Choice, string])[];
  chosen: Choice;
  onChoose: (choice: Choice) => void;
  icon?: ReactNode;
  className?: string;
}) {
  const word = choices.find(([key]) => key === chosen)?.[1] ?? chosen;
  return (
    <MenuTrigger>
      <Button className={`btn bare ${className}`} aria-label={`${label}: ${word}`}>
        {icon}
        <span className="clip">{word}</span>
        <Icon name="down" small />
      </Button>
      <Popover className="popover" placement="bottom end">
        <Menu
          className="pop"
          aria-label={label}
          selectionMode="single"
          disallowEmptySelection
          selectedKeys={[chosen]}
          onAction={(key) => onChoose(String(key) as Choice)}
        >
          {choices.map(([key, text]) => (
            <MenuItem key={key} id={key} textValue={text}>
              {({ isSelected }) => (
                <>
                  <span className="tick">{isSelected && <Icon name="check" small />}</span>
                  <bdi>{text}</bdi>
                </>
              )}
            </MenuItem>
          ))}
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}

import { CURRENT_LEGACY_BROWSERS, LEGACY_BROWSERS } from '@culprit/protocol';

const WORDS: Readonly<Record<string, string>> = {
  ie: 'Internet Explorer',
  edge: 'Edge to 110',
  safari: 'Safari to 15',
  firefox: 'Firefox to 110',
  chrome: 'Chrome to 110',
  opera: 'Opera to 99',
  android: 'Android to 3',
  opera_mini: 'Opera Mini to 34',
  ie_pre_9: 'Internet Explorer to 8',
  ie9: 'Internet Explorer 9',
  ie10: 'Internet Explorer 10',
  ie11: 'Internet Explorer 11',
  safari_pre_6: 'Safari to 5',
  opera_pre_15: 'Opera to 14',
  opera_mini_pre_8: 'Opera Mini to 7',
  android_pre_4: 'Android to 3',
  edge_pre_79: 'Edge to 78',
};

/** Which browsers are old. Names of older clients stand here only while they are chosen. */
export function OldBrowsers({
  chosen,
  isReadOnly,
  onChange,
}: {
  chosen: readonly string[];
  isReadOnly: boolean;
  onChange: (chosen: string[]) => void;
}) {
  const current: readonly string[] = CURRENT_LEGACY_BROWSERS;
  const shown = LEGACY_BROWSERS.filter((name) => current.includes(name) || chosen.includes(name));
  return (
    <fieldset className="browsers" disabled={isReadOnly}>
      <legend className="vh">Old browsers that are filtered</legend>
      {shown.map((name) => (
        <label key={name} className="flex">
          <input
            className="check"
            type="checkbox"
            checked={chosen.includes(name)}
            onChange={(event) =>
              onChange(event.currentTarget.checked ? [...chosen, name] : chosen.filter((one) => one !== name))
            }
          />
          {WORDS[name] ?? name}
        </label>
      ))}
    </fieldset>
  );
}

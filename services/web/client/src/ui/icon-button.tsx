import { Button, Tooltip, TooltipTrigger } from 'react-aria-components';
import { Icon, type IconName } from './icon.tsx';

/** A button without a word: its name is in the tooltip, with its key. */
export function IconButton({
  icon,
  label,
  keys,
  onPress,
  isDisabled = false,
  className = '',
}: {
  icon: IconName;
  label: string;
  keys?: string;
  onPress: () => void;
  isDisabled?: boolean;
  className?: string;
}) {
  return (
    <TooltipTrigger delay={400} isDisabled={isDisabled}>
      <Button
        className={`btn icon ${className}`}
        aria-label={label}
        onPress={onPress}
        isDisabled={isDisabled}
      >
        <Icon name={icon} small />
      </Button>
      <Tooltip className="tip" offset={6}>
        {label} {keys !== undefined && <kbd>{keys}</kbd>}
      </Tooltip>
    </TooltipTrigger>
  );
}

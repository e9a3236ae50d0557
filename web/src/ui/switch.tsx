/** Something that is on or off, with its name and one sentence on what that means. */
import { Switch as Base } from '@base-ui/react/switch';
import { useId } from 'react';

interface SwitchProps {
  label: string;
  hint: string;
  checked: boolean;
  disabled?: boolean;
  onChange: (on: boolean) => void;
}

export function Switch({ label, hint, checked, disabled = false, onChange }: SwitchProps) {
  const id = useId();
  return (
    <div className="flex items-start gap-4">
      <div className="min-w-0 flex-1">
        <span id={`${id}-label`} className="font-medium">
          {label}
        </span>
        <p id={`${id}-hint`} className="text-sm text-muted">
          {hint}
        </p>
      </div>
      <Base.Root
        checked={checked}
        disabled={disabled}
        aria-labelledby={`${id}-label`}
        aria-describedby={`${id}-hint`}
        onCheckedChange={onChange}
        className="relative mt-0.5 inline-flex h-6 w-10.5 shrink-0 cursor-pointer items-center rounded-full bg-line-strong transition-colors data-[checked]:bg-accent data-[disabled]:cursor-not-allowed data-[disabled]:opacity-50"
      >
        <Base.Thumb className="ml-0.5 size-5 rounded-full bg-white shadow-bubble transition-transform data-[checked]:translate-x-4.5 dark:data-[checked]:bg-on-accent" />
      </Base.Root>
    </div>
  );
}

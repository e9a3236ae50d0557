/** One labelled input with its hint and its error, tied together for assistive technology. */
import { useId, type ComponentProps, type Ref } from 'react';

interface FormFieldProps extends ComponentProps<'input'> {
  label: string;
  hint?: string | undefined;
  error?: string | undefined;
  ref?: Ref<HTMLInputElement>;
}

export function FormField({ label, hint, error, ...input }: FormFieldProps) {
  const id = useId();
  const note = error ?? hint;
  return (
    <div className="flex flex-col gap-1.5">
      <label htmlFor={id} className="text-sm font-medium">
        {label}
      </label>
      <input
        {...input}
        id={id}
        aria-invalid={error !== undefined}
        aria-describedby={note === undefined ? undefined : `${id}-note`}
        className={`field ${error === undefined ? '' : 'border-danger'}`}
      />
      {note === undefined ? null : (
        <p id={`${id}-note`} className={`text-sm ${error === undefined ? 'text-muted' : 'text-danger'}`}>
          {note}
        </p>
      )}
    </div>
  );
}

/** The name of a group, to be changed in its place. */
import { useState } from 'react';
import { TITLE_CHARACTERS_MAX } from '../../../protocol/limits.ts';
import { Button } from '../ui/button.tsx';
import { FormField } from '../ui/form-field.tsx';

export function RenameForm({ title, onRename }: { title: string; onRename: (title: string) => Promise<boolean> }) {
  const [typed, setTyped] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const next = (typed ?? title).trim();
  const isChanged = next !== '' && next !== title;

  async function save(): Promise<void> {
    setBusy(true);
    if (await onRename(next)) setTyped(null);
    setBusy(false);
  }

  return (
    <form
      className="flex items-end gap-2 px-5 pb-4"
      onSubmit={(event) => {
        event.preventDefault();
        if (isChanged && !busy) void save();
      }}
    >
      <div className="min-w-0 flex-1">
        <FormField
          label="Name of the group"
          value={typed ?? title}
          maxLength={TITLE_CHARACTERS_MAX}
          autoComplete="off"
          onChange={(event) => setTyped(event.target.value)}
        />
      </div>
      <Button type="submit" tone="primary" className="min-h-11.5" disabled={!isChanged || busy}>
        Save
      </Button>
    </form>
  );
}

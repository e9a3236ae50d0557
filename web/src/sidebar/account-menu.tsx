/** Who is signed in, the settings, and the way out. */
import { Menu } from '@base-ui/react/menu';
import { LogOut, Settings } from 'lucide-react';
import { useState } from 'react';
import { useSession, useSignedIn } from '../hooks/use-session.ts';
import { Confirmation } from '../ui/confirmation.tsx';
import { Avatar } from '../ui/avatar.tsx';
import { latePart } from '../ui/late-part.tsx';
import { MenuItem, MenuPanel } from '../ui/menu.tsx';

/** Seldom needed: not part of what everybody loads first. */
const SettingsDialog = latePart('The settings', async () => (await import('../settings/settings-dialog.tsx')).SettingsDialog);

export function AccountMenu() {
  const session = useSession();
  const { me, client } = useSignedIn();
  const [isAsking, setIsAsking] = useState(false);
  const [failed, setFailed] = useState(false);
  const [showSettings, setShowSettings] = useState<boolean | null>(null);

  async function leaveUnlessUnsent(): Promise<void> {
    if ((await client.pending()).length > 0) setIsAsking(true);
    else await leave();
  }
  async function leave(): Promise<void> {
    setFailed(!(await session.signOut()));
  }

  return (
    <>
      <Menu.Root>
        <Menu.Trigger aria-label={`Your account: ${me.name}`} title={me.name} className="rounded-full">
          <Avatar id={me.user_id} name={me.name} url={me.avatar_url} size="small" />
        </Menu.Trigger>
        <MenuPanel sideOffset={8} align="end">
          <div className="px-3 py-2">
            <p className="truncate font-semibold">{me.name}</p>
            <p className="truncate text-sm text-muted">{me.username === null ? me.email : `@${me.username}`}</p>
            {failed ? <p className="mt-1 text-sm text-danger">That did not work. Try again.</p> : null}
          </div>
          <MenuItem icon={Settings} text="Settings" onClick={() => setShowSettings(true)} />
          <MenuItem icon={LogOut} text="Sign out" closeOnClick={false} onClick={() => void leaveUnlessUnsent()} />
        </MenuPanel>
      </Menu.Root>
      <Confirmation
        open={isAsking}
        title="Sign out all the same?"
        text="Something that you wrote here has not been sent. Signing out deletes it."
        action="Sign out and delete it"
        onConfirm={() => void leave()}
        onClose={() => setIsAsking(false)}
      />
      {showSettings === null ? null : <SettingsDialog open={showSettings} onOpenChange={setShowSettings} />}
    </>
  );
}

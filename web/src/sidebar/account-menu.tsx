/** Who is signed in, the settings, and the way out. */
import { Menu } from '@base-ui/react/menu';
import { LogOut, Settings } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import { useSession, useSignedIn } from '../hooks/use-session.ts';
import { Confirmation } from '../ui/confirmation.tsx';
import { Avatar } from '../ui/avatar.tsx';
import { menuClass, menuItemClass } from '../ui/menu.ts';

/** Seldom needed: not part of what everybody loads first. */
const SettingsDialog = lazy(async () => ({ default: (await import('../settings/settings-dialog.tsx')).SettingsDialog }));

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
        <Menu.Portal>
          <Menu.Positioner sideOffset={8} align="end" className="z-20 outline-none">
            <Menu.Popup className={menuClass}>
              <div className="px-3 py-2">
                <p className="truncate font-semibold">{me.name}</p>
                <p className="truncate text-sm text-muted">{me.username === null ? me.email : `@${me.username}`}</p>
                {failed ? <p className="mt-1 text-sm text-danger">That did not work. Try again.</p> : null}
              </div>
              <Menu.Item className={menuItemClass} onClick={() => setShowSettings(true)}>
                <Settings className="size-4" aria-hidden /> Settings
              </Menu.Item>
              <Menu.Item closeOnClick={false} className={menuItemClass} onClick={() => void leaveUnlessUnsent()}>
                <LogOut className="size-4" aria-hidden /> Sign out
              </Menu.Item>
            </Menu.Popup>
          </Menu.Positioner>
        </Menu.Portal>
      </Menu.Root>
      <Confirmation
        open={isAsking}
        title="Sign out all the same?"
        text="Something that you wrote here has not been sent. Signing out deletes it."
        action="Sign out and delete it"
        onConfirm={() => void leave()}
        onClose={() => setIsAsking(false)}
      />
      {showSettings === null ? null : (
        <Suspense>
          <SettingsDialog open={showSettings} onOpenChange={setShowSettings} />
        </Suspense>
      )}
    </>
  );
}

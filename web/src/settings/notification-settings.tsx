/** Notifications on this device: on or off, a test that shows each step, and what became of the last ones. */
import { useObservable } from '../hooks/use-observable.ts';
import { useSignedIn } from '../hooks/use-session.ts';
import type { NotificationState } from '../session/notifications.ts';
import { Failure } from '../ui/failure.tsx';
import { Switch } from '../ui/switch.tsx';
import { PushLog } from './push-log.tsx';
import { PushTest } from './push-test.tsx';

const HINTS: Record<NotificationState['kind'], string> = {
  unsupported: 'This browser cannot show them here. On an iPhone or iPad, add Natter to the Home Screen first and open it from there.',
  denied: 'The browser does not allow them for this page. Allow notifications in the site settings, beside the address, then reload.',
  off: 'You see new messages only in Natter itself and in the title of its tab.',
  on: 'You are told who wrote, also when Natter is closed. What was written is not in the notification.',
};

export function NotificationSettings() {
  const { notifications } = useSignedIn();
  const { kind, busy, failure } = useObservable(notifications.state);
  return (
    <div className="flex flex-col gap-5">
      <Failure text={failure} />
      <Switch
        label="Notifications on this device"
        hint={HINTS[kind]}
        checked={kind === 'on'}
        disabled={busy || kind === 'unsupported' || kind === 'denied'}
        onChange={(on) => void (on ? notifications.turnOn() : notifications.turnOff())}
      />
      {kind === 'on' ? <PushTest /> : null}
      <PushLog />
    </div>
  );
}

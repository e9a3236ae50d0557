/** Where one is signed in, and how to end it there. */
import { Laptop, Smartphone } from 'lucide-react';
import { useCallback, useEffect, useState } from 'react';
import type { Device } from '../../../protocol/devices.ts';
import { calendar, useNow } from '../hooks/use-browser.ts';
import { useSignedIn } from '../hooks/use-session.ts';
import { asked } from '../session/asked.ts';
import { Button } from '../ui/button.tsx';
import { Confirmation } from '../ui/confirmation.tsx';
import { Failure } from '../ui/failure.tsx';
import { SkeletonRows } from '../ui/skeleton.tsx';
import { useAsked } from './use-asked.ts';

export function Devices() {
  const { client } = useSignedIn();
  const { value, failure, again } = useAsked(useCallback(() => client.api.devices(), [client]));
  const [ownId, setOwnId] = useState<string | null>(null);
  const [ending, setEnding] = useState<Device | null>(null);
  const [refused, setRefused] = useState<string | null>(null);
  const now = useNow();

  useEffect(() => void client.deviceId().then(setOwnId), [client]);

  async function end(device: Device): Promise<void> {
    const answer = await asked(client.api.deleteDevice(device.device_id));
    setRefused(answer.ok ? null : answer.refusal.detail);
    await again();
  }

  const devices = value?.devices.toSorted(
    (one, other) => Number(other.device_id === ownId) - Number(one.device_id === ownId) || other.last_used_at - one.last_used_at,
  );
  return (
    <div className="flex flex-col gap-2">
      <p className="text-sm text-muted">You are signed in on these devices. Sign out any that you do not know.</p>
      <Failure text={refused ?? failure} />
      {devices === undefined && failure === null ? <SkeletonRows count={3} label="Loading your devices" /> : null}
      <ul aria-label="Devices" className="divide-y divide-line">
        {devices?.map((device) => (
          <li key={device.device_id} className="flex items-center gap-3 py-3">
            <DeviceIcon device={device} />
            <div className="min-w-0 flex-1">
              <p className="flex items-center gap-2">
                <span className="truncate font-medium">{device.name ?? 'Unnamed device'}</span>
                {device.device_id === ownId ? (
                  <span className="shrink-0 rounded-full bg-accent-soft px-2 py-0.5 text-xs font-semibold text-accent">This device</span>
                ) : null}
              </p>
              <p className="text-sm text-muted">
                {device.device_id === ownId ? 'In use now' : `Last used ${lastUsed(device, now)}`}
                {device.push === null ? null : ' · notified'}
              </p>
              <p className="text-sm text-muted">
                Added <time dateTime={new Date(device.created_at).toISOString()}>{calendar.full(device.created_at)}</time>
              </p>
            </div>
            {device.device_id === ownId ? null : (
              <Button aria-label={`Sign out ${device.name ?? 'unnamed device'}`} onClick={() => setEnding(device)}>
                Sign out
              </Button>
            )}
          </li>
        ))}
      </ul>
      <Confirmation
        open={ending !== null}
        title={`Sign out ${ending?.name ?? 'this device'}?`}
        text="It is signed out at once and gets no more notifications. Signing in there again brings it back."
        action="Sign out"
        onConfirm={() => ending && void end(ending)}
        onClose={() => setEnding(null)}
      />
    </div>
  );
}

function DeviceIcon({ device }: { device: Device }) {
  const isPhone = device.platform === 'ios' || device.platform === 'android' || /iPhone|iPad|Android/u.test(device.name ?? '');
  const Icon = isPhone ? Smartphone : Laptop;
  return <Icon className="size-6 shrink-0 text-muted" strokeWidth={1.5} aria-hidden />;
}

/** The server writes a use down at most once an hour. */
function lastUsed({ last_used_at: at }: Device, now: number): string {
  const day = calendar.heading(at, now);
  if (now - at < 3_600_000) return 'within the last hour';
  return day === 'Today' || day === 'Yesterday' ? `${day.toLowerCase()} at ${calendar.time(at)}` : `on ${day}`;
}

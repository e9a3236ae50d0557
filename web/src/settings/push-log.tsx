/** "Why was I not notified?": the last decisions of the server, in plain words. */
import { BellOff, BellRing } from 'lucide-react';
import { useCallback, useEffect, useState } from 'react';
import type { PushDecision } from '../../../protocol/devices.ts';
import { calendar, useNow } from '../hooks/use-browser.ts';
import { useInbox } from '../hooks/use-inbox.ts';
import { usePeople, useSignedIn } from '../hooks/use-session.ts';
import { titleOf } from '../lib/people.ts';
import { reasonLine } from '../lib/push-words.ts';
import { Button } from '../ui/button.tsx';
import { Failure } from '../ui/failure.tsx';
import { SkeletonRows } from '../ui/skeleton.tsx';
import { useAsked } from './use-asked.ts';

export function PushLog() {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <section aria-label="Why was I not notified?" className="border-t border-line pt-4">
      <h3 className="font-medium">Why was I not notified?</h3>
      <p className="pb-2 text-sm text-muted">What became of the last notifications, on all your devices.</p>
      {isOpen ? <Decisions /> : <Button onClick={() => setIsOpen(true)}>Show the last ones</Button>}
    </section>
  );
}

function Decisions() {
  const { client } = useSignedIn();
  const log = useAsked(useCallback(() => client.api.pushLog(), [client]));
  const devices = useDeviceNames();
  const now = useNow();
  if (log.failure !== null) return <Failure text={log.failure} />;
  if (log.value === undefined) return <SkeletonRows count={3} label="Loading the last notifications" />;
  if (log.value.decisions.length === 0) return <p className="text-sm">Nothing yet: there was nothing to notify you of.</p>;
  return (
    <ul className="flex flex-col gap-2.5 pt-1">
      {log.value.decisions.map((decision, index) => (
        <Decision
          key={index}
          decision={decision}
          device={decision.device_id === null ? undefined : devices.get(decision.device_id)}
          now={now}
        />
      ))}
    </ul>
  );
}

function Decision({ decision, device, now }: { decision: PushDecision; device: string | undefined; now: number }) {
  const { me } = useSignedIn();
  const { known } = usePeople();
  const row = useInbox().conversations.find((one) => one.conversation_id === decision.conversation_id);
  const title = (row && titleOf(row, me.user_id, known)) ?? 'A conversation';
  const Icon = decision.outcome === 'sent' ? BellRing : BellOff;
  return (
    <li className="flex items-start gap-3 text-sm">
      <Icon className={`mt-0.5 size-4 shrink-0 ${decision.outcome === 'sent' ? 'text-present' : 'text-muted'}`} aria-hidden />
      <div className="min-w-0 flex-1">
        <p className="flex gap-2">
          <span className="min-w-0 flex-1 truncate font-medium">{title}</span>
          <time dateTime={new Date(decision.at).toISOString()} title={calendar.full(decision.at)} className="shrink-0 text-xs text-muted">
            {calendar.short(decision.at, now)}
          </time>
        </p>
        <p>{reasonLine(decision)}</p>
        {device === undefined ? null : <p className="text-muted">{device}</p>}
      </div>
    </li>
  );
}

function useDeviceNames(): ReadonlyMap<string, string> {
  const { client } = useSignedIn();
  const [ownId, setOwnId] = useState<string | null>(null);
  const { value } = useAsked(useCallback(() => client.api.devices(), [client]));
  useEffect(() => void client.deviceId().then(setOwnId), [client]);
  return new Map(value?.devices.map((one) => [one.device_id, one.device_id === ownId ? 'This device' : (one.name ?? 'Unnamed device')]));
}

/** One notification to oneself, and how far it came: each step as the server saw it, and whether it arrived here. */
import { Check, CircleAlert, LoaderCircle } from 'lucide-react';
import { useCallback, useState } from 'react';
import type { PushTest as Answer } from '../../../protocol/devices.ts';
import { useSignedIn } from '../hooks/use-session.ts';
import { useWorkerMessages } from '../hooks/use-worker-messages.ts';
import { stepLine } from '../lib/push-words.ts';
import { asked } from '../session/asked.ts';
import { Button } from '../ui/button.tsx';
import { Failure } from '../ui/failure.tsx';

type State = 'ok' | 'failed' | 'waiting';

export function PushTest() {
  const { client } = useSignedIn();
  const [busy, setBusy] = useState(false);
  const [answer, setAnswer] = useState<Answer | null>(null);
  const [hasArrived, setHasArrived] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  useWorkerMessages(
    ignore,
    useCallback(() => setHasArrived(true), []),
  );

  async function send(): Promise<void> {
    setBusy(true);
    setAnswer(null);
    setHasArrived(false);
    const outcome = await asked(client.api.testPush(await client.deviceId()));
    setBusy(false);
    setFailure(outcome.ok ? null : outcome.refusal.detail);
    if (outcome.ok) setAnswer(outcome.value);
  }

  return (
    <section aria-label="Test" className="flex flex-col gap-2">
      <Button className="self-start" disabled={busy} onClick={() => void send()}>
        Send a test notification
      </Button>
      <Failure text={failure} />
      <ol role="status" className="flex flex-col gap-1 text-sm">
        {answer?.steps.map(({ step, ok, detail }) => (
          <Step key={step} state={ok ? 'ok' : 'failed'} text={stepLine(step)} detail={ok ? '' : detail} />
        ))}
        {answer?.ok ? (
          <Step
            state={hasArrived ? 'ok' : 'waiting'}
            text={hasArrived ? 'It arrived on this device' : 'Waiting for it to arrive'}
            detail={hasArrived ? '' : 'If nothing shows, look at the notification settings of your system.'}
          />
        ) : null}
      </ol>
    </section>
  );
}

const ignore = () => undefined;

const ICONS = {
  ok: <Check className="mt-0.5 size-4 shrink-0 text-present" aria-hidden />,
  failed: <CircleAlert className="mt-0.5 size-4 shrink-0 text-danger" aria-hidden />,
  waiting: <LoaderCircle className="mt-0.5 size-4 shrink-0 animate-spin text-muted" aria-hidden />,
};
const SPOKEN: Record<State, string> = { ok: 'Done', failed: 'Failed', waiting: 'Waiting' };

function Step({ state, text, detail }: { state: State; text: string; detail: string }) {
  return (
    <li className="flex items-start gap-2">
      {ICONS[state]}
      <span className="min-w-0">
        <span className="sr-only">{SPOKEN[state]}: </span>
        {text}
        {detail === '' ? null : <span className="block break-words text-muted">{detail}</span>}
      </span>
    </li>
  );
}

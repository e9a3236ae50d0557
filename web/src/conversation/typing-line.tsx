/** Who is writing. It has its own line, so that nothing moves when somebody starts. */
import type { TimelineView } from '@natter/client';
import { usePeople, useSignedIn } from '../hooks/use-session.ts';
import { typingLine } from '../lib/notices.ts';
import { firstNameOf } from '../lib/people.ts';

export function TypingLine({ typing }: { typing: TimelineView['typing'] }) {
  const { me } = useSignedIn();
  const { name } = usePeople();
  const names = typing.filter((one) => one.user_id !== me.user_id).map((one) => firstNameOf(name(one.user_id)));
  return (
    <p aria-hidden={names.length === 0} className="h-5 truncate px-5 text-xs text-muted sm:px-7">
      {typingLine(names)}
    </p>
  );
}

/** The beginning of a conversation, and what to do when it is also the end. */
import { firstNameOf } from '../lib/people.ts';
import { Avatar } from '../ui/avatar.tsx';
import type { ConversationInfo } from './use-conversation-info.ts';

export function Empty({ info, isStart }: { info: ConversationInfo | undefined; isStart: boolean }) {
  if (info?.title === undefined) return null;
  const isGroup = info.kind === 'group';
  return (
    <div className={`flex flex-col items-center gap-2 px-6 text-center ${isStart ? 'pt-10 pb-4' : 'my-auto py-10'}`}>
      <Avatar id={info.avatarId} name={info.title} url={info.avatarUrl} isGroup={isGroup} size="large" />
      <p className="mt-1 max-w-full text-lg font-semibold break-words">{info.title}</p>
      <p className="max-w-sm text-sm text-balance text-muted">
        {isGroup ? `This is where “${info.title}” begins.` : `This is where you and ${firstNameOf(info.title)} begin.`}
        {isStart ? null : ' Write the first message below.'}
      </p>
    </div>
  );
}

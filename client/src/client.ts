/**
 * The client as a whole: one user on one device; who that is, and one handle per conversation.
 * A storage may have been another user's before: everything in it is kept apart by user id.
 */
import { ERRORS, type Refusal } from '../../protocol/errors.ts';
import { uuidv7 } from '../../protocol/ids.ts';
import { CONTENT_BYTES_MAX } from '../../protocol/limits.ts';
import { fitsBytes, isWellFormed } from '../../protocol/text.ts';
import { createApi } from './api.ts';
import { createConversation, type Conversation } from './conversation.ts';
import { platform } from './environment.ts';
import { NatterError, refusalOf } from './error.ts';
import { createRequest } from './http.ts';
import { localEntry } from './view.ts';
import type { Client, ClientOptions, ConversationHandle, Environment } from './types.ts';

export function createClient({ url, auth, storage, deviceId, environment: replaced }: ClientOptions): Client {
  const environment: Environment = { ...platform(), ...replaced };
  const api = createApi(createRequest(url, auth, environment));
  const conversations = new Map<string, { conversation: Conversation; handle: ConversationHandle }>();
  const device = once(async () => {
    const known = deviceId ?? (await storage.value('device_id'));
    if (known !== null) return known;
    const made = newId(environment);
    await storage.setValue('device_id', made);
    return made;
  });

  const userId = once(async () => {
    try {
      const { user_id } = await api.me();
      await storage.setValue('user_id', user_id);
      return user_id;
    } catch (error) {
      // Without a network the last one known may read what is on the device; the server still checks who writes.
      const known = ERRORS[refusalOf(error).code].retry === 'later' ? await storage.value('user_id') : null;
      if (known === null) throw error;
      return known;
    }
  });

  function hangUp(): void {
    for (const { conversation } of conversations.values()) conversation.close();
  }

  async function socketUrl(id: string, afterMessageId: number): Promise<string> {
    const base = (url === '' ? location.origin : url).replace(/^http/, 'ws');
    const address = `${base}/v1/conversations/${encodeURIComponent(id)}/socket?device_id=${await device()}&after_message_id=${afterMessageId}`;
    // A WebSocket sends no headers, and a token does not belong in an address.
    return auth.kind === 'cookie' ? address : `${address}&ticket=${encodeURIComponent((await api.issueTicket()).ticket)}`;
  }

  return {
    userId,
    api,
    conversation(id) {
      const known = conversations.get(id);
      if (known) return known.handle;
      const conversation = createConversation(id, { api, environment, storage, userId, socketUrl });
      const handle = handleOf(id, conversation, environment);
      conversations.set(id, { conversation, handle });
      return handle;
    },
    pending: async () => storage.outboxes(await userId()),
    async close() {
      hangUp();
      await Promise.all([...conversations.values()].map(({ conversation }) => conversation.flush()));
      await storage.close();
    },
    async forget() {
      hangUp();
      await storage.forget();
    },
  };
}

function handleOf(id: string, conversation: Conversation, environment: Environment): ConversationHandle {
  const { view, status, open, close, retry, discard, loadOlder, markRead, setTyping } = conversation;
  const change = () => ({ global_id: newId(environment) });
  return {
    id,
    timeline: view,
    status,
    send({ type = 'text', ...input }) {
      const { entry, stored } = conversation.add({ op: 'send', ...change(), type, ...input }, refusalOfContent(input.content));
      return { entry: localEntry(entry, false), stored };
    },
    async edit(target, content) {
      const refusal = refusalOfContent(content);
      if (refusal) throw new NatterError(refusal);
      return conversation.add({ op: 'edit', ...change(), target, content }).stored;
    },
    delete: (target) => conversation.add({ op: 'delete', ...change(), target }).stored,
    react: (target, emoji, on) => conversation.add({ op: 'react', ...change(), target, emoji, on }).stored,
    open,
    close,
    retry,
    discard,
    loadOlder,
    markRead,
    setTyping,
  };
}

/** What the server would refuse is not sent; the text is kept all the same. */
function refusalOfContent(content: string): Refusal | undefined {
  if (content === '') return { code: 'bad_request', detail: 'content must not be empty' };
  if (!isWellFormed(content)) return { code: 'bad_request', detail: 'content must be well-formed Unicode' };
  if (!fitsBytes(content, CONTENT_BYTES_MAX)) return { code: 'too_large', detail: `content must be at most ${CONTENT_BYTES_MAX} bytes` };
  return undefined;
}

const newId = ({ now, random }: Environment): string =>
  uuidv7(
    now(),
    Uint8Array.from({ length: 16 }, () => Math.floor(random() * 256)),
  );

/** Asked once; after a failure, again. */
function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let asked: Promise<T> | undefined;
  return () => {
    if (asked) return asked;
    asked = ask();
    asked.catch(() => (asked = undefined));
    return asked;
  };
}

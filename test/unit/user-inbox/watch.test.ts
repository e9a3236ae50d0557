/** What a `watch` costs: one question to D1 a turn, a bounded number of turns, and what was answered is remembered. */
import { beforeEach, describe, expect, it } from 'vitest';
import { REFUSED_MS } from '../../../durable/user-inbox/watched-users.ts';
import { knownOf } from '../../../durable/user-inbox/watch/known.ts';
import { directConversationId } from '../../../protocol/ids.ts';
import { WATCH_BURST } from '../../../protocol/limits.ts';
import { RELATED, settled, shown, Stage, watching, type User } from '../../support/presence-stage.ts';
import { record } from './builders.ts';
import { Stage as InboxStage } from './stage.ts';

let stage: Stage;
let ann: User;
beforeEach(() => {
  stage = new Stage();
  ann = stage.user('ann');
});
const strangers = (count: number): string[] => Array.from({ length: count }, (_, n) => `stranger${n}`);

describe('[A5] watching', () => {
  it('is one question however many are named, and who was refused is not asked for again', async () => {
    stage.facts = () => ({ ...RELATED, shares_conversation: false });
    const device = await watching(ann, ...strangers(200));
    for (let again = 0; again < 5; again++) ann.watch(device, strangers(200));
    await settled();
    expect([stage.questions, stage.count('watch')]).toEqual([1, 0]);
  });

  it('a refusal is forgotten after a while, and at once when a conversation begins', async () => {
    stage.user('bob').open();
    stage.facts = () => ({ ...RELATED, shares_conversation: false });
    const device = await watching(ann, 'bob');
    stage.facts = () => RELATED;
    ann.presence.conversationBegan();
    ann.watch(device, ['bob']);
    await settled();
    expect([shown(device, 'bob'), stage.questions]).toEqual([{ status: 'online' }, 2]);

    stage.facts = () => ({ ...RELATED, shares_conversation: false });
    ann.watch(device, ['cat']);
    await settled();
    stage.facts = () => RELATED;
    await stage.pass(REFUSED_MS - 1);
    ann.watch(device, ['cat']);
    await settled();
    expect([shown(device, 'cat'), stage.questions]).toEqual([undefined, 3]);
    await stage.pass(1);
    ann.watch(device, ['cat']);
    await settled();
    expect([shown(device, 'cat'), stage.questions]).toEqual([{ status: 'offline' }, 4]);
  });

  it('all the time takes its turn, all devices together: the last of a device counts, and none is lost', async () => {
    const [one, two] = [ann.open(), ann.open()];
    for (let n = 0; n < 100; n++) ann.watch(n % 2 === 0 ? one : two, [`someone${n}`]);
    await settled();
    expect(stage.questions).toBe(WATCH_BURST);
    await stage.pass(2_000);
    expect(stage.questions).toBe(WATCH_BURST + 2);
    expect([one.attachment.watching, two.attachment.watching]).toEqual([['someone98'], ['someone99']]);
    await stage.pass(60_000);
    expect(stage.questions).toBe(WATCH_BURST + 2);
  });

  it('of a device that is gone meanwhile asks nothing', async () => {
    const device = ann.open();
    for (let n = 0; n < 20; n++) ann.watch(device, [`someone${n}`]);
    ann.close(device);
    await stage.pass(5_000);
    expect(stage.questions).toBe(WATCH_BURST);
  });

  it('others who change what they allow all the time cause no more questions than that either', async () => {
    const bobs = Array.from({ length: 30 }, (_, n) => stage.user(`bob${n}`));
    for (const bob of bobs) bob.open();
    const device = await watching(ann, ...bobs.map(({ id }) => id));
    const before = stage.questions;
    const state = { status: 'online' as const, last_seen: null, at: stage.now, ask_again: true as const };
    for (let round = 0; round < 10; round++) for (const { id } of bobs) ann.presence.news({ user_id: id, ...state });
    await settled();
    expect(stage.questions - before).toBe(WATCH_BURST - 1);
    await stage.pass(5_000);
    expect(stage.questions - before).toBe(WATCH_BURST);
    expect(device.attachment.watching).toHaveLength(30);
  });
});

describe('[A5] whom a user knows without D1', () => {
  it('are those in the rows that moved last, partners however old the row, and of larger groups only the id', async () => {
    const { store } = new InboxStage().open.platform;
    let version = 0;
    const put = (conversation_id: string, kind: 'direct' | 'group', people: string[], role: 'member' | null = 'member') =>
      store.putConversation(
        record({ conversation_id, kind, role, members: JSON.stringify(['u', ...people]), version: ++version, activity: version }),
      );
    put(await directConversationId('u', 'old'), 'direct', ['old']);
    put(await directConversationId('u', 'left'), 'direct', ['left'], null);
    put('old large', 'group', strangers(7));
    for (let n = 0; n < 1_200; n++) put(`c${n}`, 'direct', [`partner${n}`]);
    put('large', 'group', strangers(7));
    const asked = ['old', 'left', 'partner1199', 'stranger', 'stranger3'];
    const acquainted = new Set(['partner1199', 'stranger3']);
    const { people, groups } = await knownOf(store, 'u', asked, acquainted);
    expect([[...people].toSorted(), groups]).toEqual([['old', 'partner1199', 'stranger3'], ['large']]);
  });
});

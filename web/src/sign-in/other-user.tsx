/** Somebody else has signed in in another tab. Nothing goes on under their name by itself: whoever sits here says so. */
import type { OwnProfile } from '../../../protocol/accounts.ts';
import { Button } from '../ui/button.tsx';
import { FullPage } from '../ui/full-page.tsx';

const callOf = ({ name, username }: OwnProfile): string => name || (username ?? 'somebody else');

export function OtherUser({ me, was }: { me: OwnProfile; was: OwnProfile }) {
  return (
    <FullPage
      title={`You signed in as ${callOf(me)} in another tab`}
      text={`This tab was ${callOf(was)}’s. What ${callOf(was)} wrote and did not send is kept on this device until ${callOf(was)} signs in again.`}
    >
      {/* A new page: nothing of the one user is left in the memory of the other's. */}
      <Button tone="primary" onClick={() => location.assign('/')}>
        Continue as {callOf(me)}
      </Button>
    </FullPage>
  );
}

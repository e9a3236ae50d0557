/** The proof of a session on its way to the user's own object, with the upgrade of the inbox socket. */
import { internalHeader } from '../../session.ts';
import type { Proof } from './api.ts';

export interface Claim {
  device_id: string;
  proof: Proof;
}

export const claimToHeaders = ({ device_id, proof }: Claim): Record<string, string> => ({
  'x-natter-device-id': device_id,
  'x-natter-proof': JSON.stringify(proof),
});

export const claimFromHeaders = (headers: Headers): Claim => ({
  device_id: internalHeader(headers, 'device-id'),
  proof: JSON.parse(internalHeader(headers, 'proof')) as Proof,
});

/** SHA-256 in hex, under which secrets are known where they must not be read. */
export async function hashOf(text: string): Promise<string> {
  return Buffer.from(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))).toString('hex');
}

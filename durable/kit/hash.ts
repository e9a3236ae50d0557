/** SHA-256 of a text, in hexadecimal: names an object by what it must not keep in clear. */
export async function sha256(text: string): Promise<string> {
  return Buffer.from(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))).toString('hex');
}

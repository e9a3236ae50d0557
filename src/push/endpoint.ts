/**
 * Whether an address that a user gave us may be called from here. A push service has a name in the
 * public DNS and speaks https on its usual port; everything else could reach what is not meant for users.
 */
const PRIVATE_NAMES = /(^|\.)(localhost|local|localdomain|internal|intranet|private|corp|home|lan|home\.arpa|test|invalid|example|onion)$/;

export function isPublicEndpoint(endpoint: string): boolean {
  if (!URL.canParse(endpoint)) return false;
  const { protocol, hostname, port, username, password } = new URL(endpoint);
  const name = hostname.replace(/\.$/, '');
  // The URL parser has made every spelling of an IPv4 address decimal, and IPv6 stands in brackets.
  const isAddress = name.startsWith('[') || /(^|\.)\d+$/.test(name);
  return (
    protocol === 'https:' &&
    port === '' &&
    username === '' &&
    password === '' &&
    !isAddress &&
    name.includes('.') &&
    !PRIVATE_NAMES.test(name)
  );
}

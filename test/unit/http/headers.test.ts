import { describe, expect, it } from 'vitest';
import { withoutInternalHeaders } from '../../../src/http/headers.ts';

describe('headers that only the Worker may set', () => {
  it('are taken from every request, and nothing else is', async () => {
    const request = new Request('https://natter.test/v1/me', {
      method: 'POST',
      body: 'body',
      headers: { 'X-Natter-User-Id': 'somebody', 'x-natter-session': '{}', 'x-other': 'stays', authorization: 'Bearer t' },
    });
    const stripped = withoutInternalHeaders(request);
    expect(Object.fromEntries(stripped.headers)).toEqual({
      'x-other': 'stays',
      authorization: 'Bearer t',
      'content-type': 'text/plain;charset=UTF-8',
    });
    expect([stripped.method, stripped.url, await stripped.text()]).toEqual(['POST', request.url, 'body']);
  });

  it('cost nothing when there are none', () => {
    const request = new Request('https://natter.test/');
    expect(withoutInternalHeaders(request)).toBe(request);
  });
});

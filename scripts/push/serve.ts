/** A stand-in as a server of its own on this machine: `WEB_PUSH_ORIGIN=… npm start` sends to it. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface StandIn {
  handle(request: Request): Promise<Response>;
}

/** @param port any free one when left out */
export async function serve(standIn: StandIn, port = 0): Promise<{ origin: string; close(): Promise<void> }> {
  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const { method = 'GET', url = '/' } = incoming;
      const headers = Object.entries(incoming.headers).map(([name, value]): [string, string] => [name, String(value)]);
      const request = new Request(new URL(url, 'http://127.0.0.1'), {
        method,
        headers,
        ...(method === 'POST' ? { body: Buffer.concat(chunks) } : {}),
      });
      void standIn.handle(request).then(
        async (response) =>
          outgoing.writeHead(response.status, Object.fromEntries(response.headers)).end(Buffer.from(await response.arrayBuffer())),
        (error: unknown) => outgoing.writeHead(500).end(String(error)),
      );
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        // The sender keeps its connections for the next message.
        server.closeAllConnections();
      }),
  };
}

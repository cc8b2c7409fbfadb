/** Headers of HTTP, and lines of protocols that are made of lines. */

const encoder = new TextEncoder();

export function httpRequest(method: string, path: string, host: string, bodyBytes: number, more = ''): Uint8Array {
  const length = bodyBytes > 0 ? `Content-Length: ${bodyBytes}\r\n` : '';
  return encoder.encode(
    `${method} ${path} HTTP/1.1\r\nHost: ${host}\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\n${more}${length}\r\n`,
  );
}

export function httpResponse(status: string, bodyBytes: number): Uint8Array {
  return encoder.encode(
    `HTTP/1.1 ${status}\r\nServer: nginx\r\nContent-Type: text/html\r\nContent-Length: ${bodyBytes}\r\n\r\n`,
  );
}

export function line(text: string): Uint8Array {
  return encoder.encode(`${text}\r\n`);
}

/** Performs curl commands as a shell and curl would: the options that the gateway prints, and nothing else. */

/** The curl commands in a text, continued lines joined. */
export function curlCommands(text: string): string[] {
  return text
    .replaceAll('\\\n', ' ')
    .split('\n')
    .filter((line) => line.startsWith('curl '));
}

/** Runs one and returns the JSON it would print. */
export async function curl(command: string): Promise<unknown> {
  const words = [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
  const headers: Record<string, string> = {};
  let url = '';
  let body: string | undefined;
  for (let index = 1; index < words.length; index += 1) {
    const word = words[index] as string;
    if (word === '-s') continue;
    if (word === '-H') {
      const [name = '', value = ''] = (words[++index] ?? '').split(/: (.*)/);
      headers[name] = value;
    } else if (word === '-d') body = words[++index] ?? '';
    else if (/^https?:/.test(word) && url === '') url = word;
    else throw new Error(`curl would not understand ${word} in: ${command}`);
  }
  const response = await fetch(url, body === undefined ? { headers } : { method: 'POST', headers, body });
  return response.json();
}

/** What Prometheus would read. */

/** The text at `/metrics`. */
export async function scrape(url: string): Promise<string> {
  const response = await fetch(`${url}/metrics`);
  if (response.status !== 200) throw new Error(`/metrics answers ${response.status}`);
  return response.text();
}

/** The value of the one sample with exactly these labels, or 0 where there is none yet. */
export function sampleIn(text: string, name: string, labels: Record<string, string>): number {
  const wanted = Object.entries(labels).sort().join();
  for (const [, at, list = '', value] of text.matchAll(/^(\w+)(?:\{(.*)\})? (\S+)$/gm)) {
    const found = [...list.matchAll(/(\w+)="([^"]*)"/g)].map(([, key, text]) => [key, text]);
    if (at === name && found.sort().join() === wanted) return Number(value);
  }
  return 0;
}

/** Has the process that serves this page do something: see `PageCalls`. @throws Error (rejects) with its words when it does not */
export async function call<Result>(name: string, argument?: unknown): Promise<Result> {
  const body = argument === undefined ? null : JSON.stringify(argument);
  const response = await fetch(name, { method: 'POST', body });
  if (!response.ok) throw new Error(await response.text());
  return (await response.json()) as Result;
}

// The typed client of a fake's control interface: each operation is one POST to `<control>/<operation>`.

/** A client with these operations at `url` (the `control` of the line that a fake prints). */
export function controlAt<Control>(url: string, operations: Readonly<Record<keyof Control, true>>): Control {
  const operation = (name: string) => [name, (params: unknown) => request(`${url}/${name}`, params)] as const;
  return Object.fromEntries(Object.keys(operations).map(operation)) as unknown as Control;
}

async function request(url: string, params: unknown): Promise<unknown> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(params ?? {}),
  });
  const answer = (await response.json()) as { ok: true; result: unknown } | { ok: false; description: string };
  if (!answer.ok) throw new Error(answer.description);
  return answer.result;
}

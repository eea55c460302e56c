// Questions to the server. A newer one gives up the older, which then costs nobody any more.

let current = null;

// The answer, or null if a newer question was asked meanwhile. It throws where the server cannot
// be reached.
export async function ask(question) {
  current?.abort();
  const mine = (current = new AbortController());
  try {
    const response = await fetch("/answer", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(question),
      signal: mine.signal,
    });
    const answer = await response.json();
    return mine.signal.aborted ? null : answer;
  } catch (error) {
    if (mine.signal.aborted) return null;
    throw error;
  }
}

export function giveUp() {
  current?.abort();
}

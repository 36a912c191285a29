// Recording, of which each page loads no more than it needs.
void import("./recording/start.ts").then(({ start }) => start());

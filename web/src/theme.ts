// The theme is a cookie, so that the server paints the page right from the first byte.
const COOKIE = "carrears_theme";
const YEAR_SECONDS = 31_536_000;
const THEME_NAMES: Record<string, string> = { light: "carrears", dark: "carrears-dark" };

/** Sets or, for `system`, forgets the choice, and tells charts to repaint. */
export function chooseTheme(choice: string): void {
  const root = document.documentElement;
  const name = THEME_NAMES[choice];
  if (name) root.dataset["theme"] = name;
  else delete root.dataset["theme"];
  const age = name ? YEAR_SECONDS : 0;
  document.cookie = `${COOKIE}=${choice}; path=/; max-age=${age}; samesite=lax`;
  for (const button of document.querySelectorAll<HTMLElement>("[data-theme-choice]")) {
    button.setAttribute("aria-pressed", String(button.dataset["themeChoice"] === choice));
  }
  announce();
}

function announce(): void {
  document.dispatchEvent(new CustomEvent("carrears:theme"));
}

export function watchTheme(): void {
  document.addEventListener("click", (event) => {
    const button = (event.target as Element).closest<HTMLElement>("[data-theme-choice]");
    if (button?.dataset["themeChoice"]) chooseTheme(button.dataset["themeChoice"]);
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", announce);
}

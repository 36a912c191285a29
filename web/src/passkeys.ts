// Passkeys (WebAuthn). A button with `data-passkey` makes or uses one and sends its form with
// the answer: `create` or `get` by the options in the element that `data-options` names, `enter`
// by those that the address in `data-options-url` gives (signing in without a password).

interface Options {
  creation_options?: { publicKey: PublicKeyCredentialCreationOptionsJSON };
  request_options?: { publicKey: PublicKeyCredentialRequestOptionsJSON };
}

async function optionsOf(button: HTMLElement): Promise<Options> {
  const url = button.dataset["optionsUrl"];
  if (url) {
    const answer = await fetch(url, { headers: { Accept: "application/json", "X-Requested-With": "XMLHttpRequest" } });
    if (!answer.ok) throw new Error(String(answer.status));
    return (await answer.json()) as Options;
  }
  return JSON.parse(document.getElementById(button.dataset["options"] ?? "")?.textContent ?? "{}") as Options;
}

async function askBrowser(options: Options): Promise<PublicKeyCredential> {
  let found: Credential | null;
  if (options.creation_options) {
    const wanted = options.creation_options.publicKey;
    // A passkey: kept by the authenticator, and opened by finger, face or PIN.
    wanted.authenticatorSelection = {
      ...wanted.authenticatorSelection,
      residentKey: "required",
      requireResidentKey: true,
      userVerification: "required",
    };
    found = await navigator.credentials.create({
      publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(wanted),
    });
  } else if (options.request_options) {
    found = await navigator.credentials.get({
      publicKey: PublicKeyCredential.parseRequestOptionsFromJSON({
        ...options.request_options.publicKey,
        userVerification: "required",
      }),
    });
  } else throw new Error("no options");
  if (!found) throw new Error("none given");
  return found as PublicKeyCredential;
}

async function onClick(event: MouseEvent): Promise<void> {
  const button = (event.target as Element).closest<HTMLButtonElement>("[data-passkey]");
  const form = button?.form;
  const answer = form?.elements.namedItem("credential");
  if (!button || !form || !(answer instanceof HTMLInputElement)) return;
  const failed = form.querySelector<HTMLElement>("[data-passkey-failed]");
  button.disabled = true;
  if (failed) failed.hidden = true;
  try {
    answer.value = JSON.stringify((await askBrowser(await optionsOf(button))).toJSON());
    form.requestSubmit();
  } catch {
    // Declined, timed out, no passkey here, or a browser that has none: one message says all.
    if (failed) failed.hidden = false;
    button.disabled = false;
  }
}

export function watchPasskeys(): void {
  document.addEventListener("click", (event) => void onClick(event));
}

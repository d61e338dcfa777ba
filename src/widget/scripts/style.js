/** How it looks. Pages change it by the variables at its beginning, and by `::part`. */
export const style = `
:host {
  --color: var(--lethe-color, light-dark(#1b1f27, #e8ebf0));
  --background: var(--lethe-background, light-dark(#fff, #1b2027));
  --muted: var(--lethe-muted, light-dark(#565e6c, #a9b2c0));
  --accent: var(--lethe-accent, light-dark(#2456a6, #86b0fb));
  --on-accent: var(--lethe-on-accent, light-dark(#fff, #0e1726));
  --error: var(--lethe-error, light-dark(#b3202a, #ff9a9a));
  --border: var(--lethe-border, light-dark(#757d8a, #8791a1));
  --radius: var(--lethe-radius, 0.5rem);
  --gap: var(--lethe-gap, 1rem);
  display: block;
  max-width: 36rem;
  font: var(--lethe-font, 1rem/1.5 system-ui, sans-serif);
  color: var(--color);
  overflow-wrap: break-word;
}
:host([hidden]), [hidden] { display: none !important; }
* { box-sizing: border-box; }
section {
  padding: var(--gap);
  background: var(--background);
  border: 1px solid var(--border);
  border-radius: var(--radius);
}
fieldset { min-width: 0; margin: 0 0 var(--gap); padding: 0; border: 0; }
legend { padding: 0; margin-bottom: 0.5rem; font-weight: 700; }
p { margin: 0.25rem 0; }
[part=status], [part=error] { margin: 0 0 var(--gap); padding-inline-start: 0.75rem; border-inline-start: 4px solid; }
:is([part=status], [part=error]):empty { margin: 0; padding: 0; border: 0; }
[part=status] { border-color: var(--accent); }
[part=error] { color: var(--error); }
:is(form, fieldset) [part=error] { margin-block: 0.5rem; }
ul { margin: 0; padding: 0; list-style: none; }
li {
  display: flex;
  flex-wrap: wrap;
  align-items: center;
  justify-content: space-between;
  gap: 0.25rem var(--gap);
  padding: 0.25rem 0;
}
li span { flex: 1 1 12rem; min-width: 0; }
small { display: block; font-size: 0.875em; color: var(--muted); }
[part=purpose] { display: grid; grid-template-columns: auto 1fr; gap: 0 0.6rem; margin-bottom: 0.75rem; }
[part=purpose] > :is(p, details) { grid-column: 2; min-width: 0; }
[part=hint], [part=description] { font-size: 0.875em; color: var(--muted); }
[type=checkbox] { font: inherit; width: 1.5em; height: 1.5em; margin: 0; accent-color: var(--accent); }
summary { padding: 0.25rem 0; cursor: pointer; color: var(--accent); font-size: 0.875em; }
.text {
  max-height: 16rem;
  padding: 0.5rem 0.75rem;
  overflow: auto;
  white-space: pre-line;
  font-size: 0.875em;
  border: 1px solid var(--border);
  border-radius: var(--radius);
}
[part=input] {
  width: 100%;
  margin-top: 0.25rem;
  padding: 0.6rem 0.75rem;
  font: inherit;
  color: inherit;
  background: var(--background);
  border: 1px solid var(--border);
  border-radius: var(--radius);
}
[part=input][aria-invalid=true] { border-color: var(--error); box-shadow: 0 0 0 1px var(--error); }
button {
  min-height: 2.75rem;
  padding: 0.5rem 1rem;
  font: inherit;
  color: var(--on-accent);
  background: var(--accent);
  border: 1px solid var(--accent);
  border-radius: var(--radius);
  cursor: pointer;
}
button[aria-disabled=true] { opacity: 0.6; cursor: progress; }
form > button { margin-top: 0.5rem; }
[part~=elsewhere] { margin-top: var(--gap); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
[part=status]:focus { outline: none; }
.trap { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
@supports not (color: light-dark(red, red)) {
  :host {
    --color: var(--lethe-color, #1b1f27);
    --background: var(--lethe-background, #fff);
    --muted: var(--lethe-muted, #565e6c);
    --accent: var(--lethe-accent, #2456a6);
    --on-accent: var(--lethe-on-accent, #fff);
    --error: var(--lethe-error, #b3202a);
    --border: var(--lethe-border, #757d8a);
  }
}
@media (prefers-reduced-motion: no-preference) { button { transition: opacity 0.15s; } }
@media (forced-colors: active) { button { border-color: ButtonBorder; } [part=input] { border-color: FieldBorder; } }
`

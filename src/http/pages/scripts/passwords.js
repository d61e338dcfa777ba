import { ask } from './ask.js'
import { texts } from './texts.js'

/** Makes the buttons work that show passwords and suggest new ones. */
export function preparePasswords() {
  for (const button of document.querySelectorAll('[data-reveals]')) {
    const input = document.getElementById(button.dataset.reveals)
    button.addEventListener('click', () => reveal(input, button, input.type === 'password'))
  }
  for (const button of document.querySelectorAll('[data-generates]')) {
    const input = document.getElementById(button.dataset.generates)
    button.addEventListener('click', () => generate(input))
  }
}

/** Makes passwords unreadable that are shown. */
export function hidePasswords(form) {
  for (const button of form.querySelectorAll('[data-reveals]')) {
    reveal(document.getElementById(button.dataset.reveals), button, false)
  }
}

function reveal(input, button, open) {
  input.type = open ? 'text' : 'password'
  button.textContent = open ? texts.hide : texts.show
  button.ariaLabel = open ? texts.hidePassword : texts.showPassword
}

async function generate(input) {
  const { generatedPassword } = await ask('query GeneratedPassword { generatedPassword }')
  input.value = generatedPassword
  reveal(input, document.querySelector(`[data-reveals=${input.id}]`), true)
  document.getElementById('generated').textContent = texts.generated
}

(() => {
  // Runs by the debugger inside the page under test, also when the page's own scripts are off.
  const tidy = (text) => (text || '').replace(/\s+/g, ' ').trim()
  const quote = (text) => JSON.stringify(tidy(text).slice(0, 80))

  const shown = (element) =>
    element.getClientRects().length > 0 && getComputedStyle(element).visibility !== 'hidden'

  const name = (element) => {
    if (!element || element === document.body) return 'nothing'
    const label = element.getAttribute('aria-label') || (element.labels && element.labels[0] && element.labels[0].textContent)
    const value = element.type === 'submit' ? element.value : ''
    const id = element.id ? '#' + element.id : ''
    return `${element.localName}${id} ${quote(label || element.innerText || value || element.name)}`
  }

  // Whether using this element takes the reader to another document.
  const leadsAway = (element, byKey) => {
    const link = element.closest('a[href]')
    if (link) {
      const here = location.href.split('#')[0]
      const sameDocument = link.hash !== '' && link.href.split('#')[0] === here
      return !sameDocument && link.target !== '_blank'
    }
    const button = element.closest('button, input[type=submit], input[type=image]')
    const typesText = element.matches('input:not([type=checkbox]):not([type=radio]):not([type=button])')
    const submits = button ? button.type === 'submit' || button.type === 'image' : byKey === 'Enter' && typesText
    const form = submits && (button || element).form
    if (!form || (button && button.disabled)) return false
    const unchecked = form.noValidate || (button && button.formNoValidate)
    return Boolean(unchecked || form.checkValidity())
  }

  // Where to click an element, or why that cannot be done.
  const point = (element) => {
    element.scrollIntoView({ block: 'center', inline: 'center', behavior: 'instant' })
    const box = [...element.getClientRects()].find((rect) => rect.width > 0 && rect.height > 0)
    if (!box) return { error: `${name(element)} takes no room on the page` }
    const x = box.left + box.width / 2
    const y = box.top + box.height / 2
    const top = document.elementFromPoint(x, y)
    const label = element.labels && [...element.labels].some((l) => l.contains(top))
    if (!top || !(element.contains(top) || top.contains(element) || label)) {
      return { error: `${name(element)} is covered by ${name(top)} at ${Math.round(x)},${Math.round(y)}` }
    }
    return { x, y, leadsAway: leadsAway(element) }
  }

  // One element out of those found, or an error that lists them.
  const only = (found, wanted) => {
    if (found.length === 1) return found[0]
    const links = new Set(found.map((element) => element.href || element))
    if (found.length > 1 && links.size === 1 && found[0].href) return found[0]
    throw new Error(found.length === 0 ? `there is no ${wanted}` : `there are ${found.length} ${wanted}: ${found.map(name).join('; ')}`)
  }

  const clickable = (wanted) => {
    const all = [...document.querySelectorAll('a, button, summary, label, input[type=submit], input[type=button], [role=button]')].filter(shown)
    const says = (element) => tidy(element.innerText || element.value || element.getAttribute('aria-label'))
    const exact = all.filter((element) => says(element) === wanted)
    return only(exact.length ? exact : all.filter((element) => says(element).includes(wanted)), `link or button ${quote(wanted)}`)
  }

  // Form controls by the words of their label; `group` narrows them to a fieldset by its legend.
  const labelled = (wanted, kinds, group) => {
    const inGroup = (control) => {
      const legend = control.closest('fieldset') && control.closest('fieldset').querySelector('legend')
      return !group || (legend && tidy(legend.textContent).includes(group))
    }
    const words = (control) => [...(control.labels || [])].map((l) => tidy(l.textContent)).concat(tidy(control.getAttribute('aria-label')))
    const all = [...document.querySelectorAll(kinds)].filter((control) => shown(control) && inGroup(control))
    const exact = all.filter((control) => words(control).includes(wanted))
    const starting = all.filter((control) => words(control).some((w) => w.startsWith(wanted)))
    return only(exact.length ? exact : starting, `field labelled ${quote(wanted)}${group ? ` under ${quote(group)}` : ''}`)
  }

  const texts = 'input:not([type=radio]):not([type=checkbox]):not([type=submit]):not([type=hidden]), textarea'
  const choices = 'input[type=radio], input[type=checkbox]'
  const place = (find) => {
    try {
      return point(find())
    } catch (error) {
      return { error: error.message }
    }
  }

  const page = {
    url: () => location.href,
    title: () => document.title,
    text: () => ((document.querySelector('main') || document.body || document.documentElement).innerText || '').trim(),
    says: (wanted) => tidy((document.body || document.documentElement).innerText).includes(tidy(wanted)),
    silent: (unwanted) => !page.says(unwanted),
    texts: (css) => [...document.querySelectorAll(css)].filter(shown).map((element) => tidy(element.innerText)),
    attributes: ([css, attribute]) => [...document.querySelectorAll(css)].map((element) => element.getAttribute(attribute)),
    focused: () => name(document.activeElement),
    fonts: () => document.fonts.ready.then(() => document.fonts.size),

    // Resolves when `op` holds, at the latest after a while, so that the caller can look at its own clock.
    changed: ([op, argument]) => new Promise((resolve) => {
      if (page[op](argument)) return resolve(true)
      const watch = new MutationObserver(() => {
        if (!page[op](argument)) return
        watch.disconnect()
        resolve(true)
      })
      watch.observe(document, { subtree: true, childList: true, characterData: true, attributes: true })
    }),

    clickText: (wanted) => place(() => clickable(wanted)),
    clickCss: (css) => place(() => only([...document.querySelectorAll(css)].filter(shown), `element ${css}`)),
    field: (label) => place(() => labelled(label, texts)),
    choice: ([label, group]) => place(() => {
      const control = labelled(label, choices, group)
      // Its label is what people see: the control itself may be drawn over.
      return [...control.labels].find(shown) || control
    }),
    chosen: ([label, group]) => labelled(label, choices, group).checked,
    selectAll: (label) => labelled(label, texts).select(),
    value: (label) => labelled(label, texts).value,
    leadsAwayByKey: (key) => {
      const element = document.activeElement
      if (!element || element === document.body) return false
      const pressed = key === 'Enter' || (key === 'Space' && element.matches('button, input[type=submit]'))
      return pressed && leadsAway(element, key)
    },
    select: ([label, option]) => {
      const list = labelled(label, 'select')
      const found = [...list.options].find((o) => tidy(o.textContent) === option)
      if (!found) return `the list ${quote(label)} has no ${quote(option)}, but ${[...list.options].map((o) => quote(o.textContent)).join(', ')}`
      list.value = found.value
      list.dispatchEvent(new Event('input', { bubbles: true }))
      list.dispatchEvent(new Event('change', { bubbles: true }))
      return ''
    },

    // What does not fit: the page's own width, elements past the right edge, and text cut off inside its box.
    overflow: () => {
      const root = document.documentElement
      const scrolls = (element) => {
        for (let e = element.parentElement; e && e !== document.body; e = e.parentElement) {
          if (getComputedStyle(e).overflowX !== 'visible') return true
        }
        return false
      }
      const all = [...document.body.querySelectorAll('*')].filter(shown)
      const wide = all.filter((e) => Math.floor(e.getBoundingClientRect().right) > root.clientWidth && !scrolls(e))
      const cut = all.filter((e) => {
        const style = getComputedStyle(e)
        const hides = ['hidden', 'clip'].includes(style.overflowX)
        // What is clipped to a few pixels is hidden on purpose, for screen readers alone.
        return hides && e.clientWidth > 8 && e.scrollWidth > e.clientWidth + 1 && tidy(e.innerText) !== ''
      })
      return {
        page: root.scrollWidth,
        window: root.clientWidth,
        elements: wide.map((e) => `${name(e)} ends at ${Math.round(e.getBoundingClientRect().right)}`)
          .concat(cut.map((e) => `${name(e)} is cut off: ${e.scrollWidth} in ${e.clientWidth}`))
      }
    }
  }
  return page
})()

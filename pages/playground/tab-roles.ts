/**
 * GraphiQL gives each of its tabs the role of a tab and puts two buttons inside, which a screen reader cannot reach
 * (WAI-ARIA: the children of a tab are presentational). Its tabs are told as what they are: a list of buttons.
 */
export function repairTabRoles(root: HTMLElement): void {
  const repair = () => {
    root.querySelector('.graphiql-tabs[role]')?.removeAttribute('role');
    for (const tab of root.querySelectorAll('.graphiql-tab')) {
      const selected = tab.getAttribute('aria-selected');
      tab.removeAttribute('role');
      if (selected === null) continue;
      tab.removeAttribute('aria-selected');
      tab.querySelector('.graphiql-tab-button')?.setAttribute('aria-current', selected);
    }
  };
  const observer = new MutationObserver(repair);
  observer.observe(root, { subtree: true, childList: true, attributeFilter: ['aria-selected', 'role'] });
}

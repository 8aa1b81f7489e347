// Streamlit runs this text by itself, from a blob, where nothing can be imported by a relative name.
export default async function load(component) {
  try {
    const { default: mount } = await import(new URL("/components/alerts/main.js", window.location.origin).href);
    return mount(component);
  } catch (error) {
    console.warn(error);
    const { words } = component.data;
    const again = document.createElement("a");
    again.href = window.location.href;
    again.textContent = words["list.reload"];
    component.parentElement.replaceChildren(`${words["list.not_loaded"]} `, again);
    return () => component.parentElement.replaceChildren();
  }
}

// Names of resources in the report.

/** @typedef {import("./inputs.js").Resource} Resource */

/**
 * Names the resources of all inputs: a file by its base name, what is in a folder or archive by its path inside. If several
 * inputs are given, the path inside an archive begins with the name of the archive, and the path inside a folder with the
 * name of the folder if another input has the same path.
 *
 * @param {Resource[][]} found the resources of each input
 * @param {string[][]} components the components of each input's path; its name alone if it has none
 */
export function nameApart(found, components) {
  const labels = labelsOf(components);
  const shared = sharedNames(found);
  const names = new Set();
  for (const [index, resources] of found.entries()) {
    const label = labels[index] ?? "";
    const isShared = resources.some(({ name }) => shared.has(name));
    for (const resource of resources) {
      if (resource.inFolder) {
        const inside = resource.name;
        if (inside === "") resource.name = isShared ? label : (components[index]?.at(-1) ?? "");
        else if (isShared) resource.name = `${label}/${inside}`;
        resource.name = numbered(resource.name, names);
        if (resource.prefix !== "") resource.prefix = resource.name;
      } else if (found.length > 1) {
        resource.prefix = numbered(label, names);
      }
    }
  }
}

/** Returns the names that resources of several inputs have. @param {Resource[][]} found */
function sharedNames(found) {
  /** @type {Map<string, number>} */
  const owners = new Map();
  const shared = new Set();
  for (const [index, resources] of found.entries()) {
    for (const { name } of resources) {
      const owner = owners.get(name);
      if (owner !== undefined && owner !== index) shared.add(name);
      owners.set(name, index);
    }
  }
  return shared;
}

/**
 * Returns the name, with a number if it was returned before: names that are not UTF-8 look alike, and an input can be given
 * twice.
 *
 * @param {string} name
 * @param {Set<string>} names
 */
function numbered(name, names) {
  let own = name;
  for (let number = 2; names.has(own); number += 1) own = `${name} (${number})`;
  names.add(own);
  return own;
}

/**
 * Returns a name for each input: the last component of a path, and as many before it as distinguish it from the other
 * paths.
 *
 * @param {string[][]} components
 */
export function labelsOf(components) {
  const lengths = components.map(() => 1);
  for (;;) {
    const labels = components.map((all, index) => all.slice(-(lengths[index] ?? 1)).join("/"));
    /** @type {Map<string, number[]>} */
    const alike = new Map();
    for (const [index, label] of labels.entries()) {
      const indices = alike.get(label);
      if (indices) indices.push(index);
      else alike.set(label, [index]);
    }
    let isLonger = false;
    for (const indices of alike.values()) {
      const paths = new Set(indices.map((index) => components[index]?.join("/")));
      // Equal paths stay equal, however many components are named.
      if (paths.size === 1) continue;
      for (const index of indices) {
        if ((lengths[index] ?? 0) >= (components[index]?.length ?? 0)) continue;
        lengths[index] = (lengths[index] ?? 0) + 1;
        isLonger = true;
      }
    }
    if (!isLonger) return labels;
  }
}

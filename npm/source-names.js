// Names of resources in the report.

import { listedMembers } from "./unpack.js";

/** @typedef {import("./inputs.js").Resource} Resource */

/** Inputs whose first bytes are read at a time. */
const BATCH = 64;

/**
 * Names the resources of all inputs: a file by its base name, what is in a folder or archive by its path inside. If another
 * input has the same path, it begins with the name of the folder or archive.
 *
 * @param {Resource[][]} found the resources of each input
 * @param {string[][]} components the components of each input's path; its name alone if it has none
 */
export async function nameApart(found, components) {
  const areSeveral = found.length > 1;
  const labels = labelsOf(components);
  const paths = areSeveral ? await inBatches(found, pathsIn) : [];
  const shared = sharedPaths(paths);
  const names = new Set();
  for (const [index, resources] of found.entries()) {
    const label = labels[index] ?? "";
    const own = paths[index];
    const isShared = own !== undefined && (!own.areAll || own.known.some((path) => shared.has(path)));
    for (const resource of resources) {
      if (resource.inFolder) {
        const inside = resource.name;
        if (inside === "") resource.name = isShared ? label : (components[index]?.at(-1) ?? "");
        else if (isShared) resource.name = `${label}/${inside}`;
        resource.name = numbered(resource.name, names);
        if (resource.prefix !== "") resource.prefix = resource.name;
      } else if (isShared) {
        resource.prefix = numbered(label, names);
      }
    }
  }
}

/**
 * @template T, R
 * @param {T[]} items
 * @param {(item: T) => R | Promise<R>} of
 * @returns {Promise<R[]>}
 */
async function inBatches(items, of) {
  /** @type {R[]} */
  const found = [];
  for (let at = 0; at < items.length; at += BATCH) {
    found.push(...(await Promise.all(items.slice(at, at + BATCH).map(of))));
  }
  return found;
}

/**
 * Returns the paths inside an input that name sources, as far as they are known.
 *
 * @param {Resource[]} resources
 * @returns {Promise<{ known: string[], areAll: boolean }>}
 */
async function pathsIn(resources) {
  const known = resources.map(({ name }) => name);
  const [first] = resources;
  if (!first || first.inFolder) return { known, areAll: true };
  const members = await listedMembers(first);
  return { known: [...known, ...(members ?? [])], areAll: members !== null };
}

/** Returns the paths that several inputs have. @param {{ known: string[] }[]} paths */
function sharedPaths(paths) {
  /** @type {Map<string, number>} */
  const owners = new Map();
  const shared = new Set();
  for (const [index, { known }] of paths.entries()) {
    for (const path of known) {
      const owner = owners.get(path);
      if (owner !== undefined && owner !== index) shared.add(path);
      owners.set(path, index);
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

// An object of the runtime's with some of its members replaced; it takes its own methods as its own only.

export function with_(object, members) {
  return new Proxy(object, {
    get(target, name) {
      if (Object.hasOwn(members, name)) return members[name];
      const value = target[name];
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

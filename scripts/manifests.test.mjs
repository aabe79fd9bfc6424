/** The Kubernetes manifests of ops/ against the schemas of Kubernetes. (Plain JavaScript: the types of that package are not strict.) */
import { readFile } from "node:fs/promises";
import { StatefulSet } from "kubernetes-models/apps/v1";
import { PodDisruptionBudget } from "kubernetes-models/policy/v1";
import { Service } from "kubernetes-models/v1";
import { expect, test } from "vitest";
import { parseAllDocuments } from "yaml";

const schemas = {
  "apps/v1 StatefulSet": StatefulSet,
  "v1 Service": Service,
  "policy/v1 PodDisruptionBudget": PodDisruptionBudget,
};
const text = await readFile(new URL("../ops/kubernetes.yaml", import.meta.url), "utf8");
const manifests = parseAllDocuments(text).map((document) => document.toJS());

test.each(manifests.map((manifest) => [`${manifest.apiVersion} ${manifest.kind}`, manifest]))(
  "%s is what its schema says",
  (name, manifest) => {
    const Model = schemas[name];
    expect(() => new Model(manifest).validate()).not.toThrow();
    // The control: the schema does look.
    const wrong = { ...manifest, spec: { ...manifest.spec, selector: "app" } };
    expect(() => new Model(wrong).validate()).toThrow("selector");
  },
);

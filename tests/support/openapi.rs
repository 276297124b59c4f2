//! Stripe's own description of its API, as a judge: of requests that go to it, and of objects that claim to
//! come from it. The document of 2023 says the shapes; the delta adds what the pinned version has besides.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

pub struct Spec {
    paths: Value,
    /// `#/components/schemas` as JSON Schema.
    components: Value,
    /// The kinds of which every field of the pinned version is known.
    current: Vec<String>,
}

/// Where the delta's parameters belong.
const PARAMS: &[(&str, &str, &str, &str)] = &[
    ("post", "/v1/payment_links", "payment_link.create", "PaymentLinkCreateParams"),
    ("get", "/v1/payment_links", "payment_link.list", "PaymentLinkListParams"),
    ("post", "/v1/payment_links/{payment_link}", "payment_link.update", "PaymentLinkUpdateParams"),
    ("get", "/v1/checkout/sessions", "checkout.session.list", "SessionListParams"),
    ("post", "/v1/checkout/sessions", "checkout.session.create", "SessionCreateParams"),
    ("post", "/v1/prices", "price.create", "PriceCreateParams"),
    ("get", "/v1/refunds", "refund.list", "RefundListParams"),
    ("post", "/v1/refunds", "refund.create", "RefundCreateParams"),
];

/// The data has a list's choices and not that it is a list. Where the older document does not know the field
/// either, Stripe's own example object shows it.
const CHOICES_IN_A_LIST: [&str; 1] = ["brands_blocked"];

impl Spec {
    pub fn load() -> Self {
        let document = fixture("openapi-2023-08-16.json");
        let delta = fixture("delta-2026-10-28.json");
        let mut paths = requests(&document["paths"]);
        for (method, path, group, class) in PARAMS {
            let newer = from_class(&delta["params"][group], class);
            merge(&mut paths[path][method], &newer);
        }
        let mut schemas = document["components"]["schemas"].clone();
        for (kind, resource) in delta["resources"].as_object().expect("resources") {
            merge(&mut schemas[kind], &from_fields(&Value::Null, &resource["fields"]));
        }
        to_json_schema(&mut schemas);
        let current = delta["resources"].as_object().expect("resources").keys().cloned().collect();
        Self { paths, components: json!({"schemas": schemas}), current }
    }

    /// What is wrong with a request: its path, its method, and each field of its query and its form body
    /// (empty if there is none). Nothing wrong is an empty list.
    pub fn check_request(&self, method: &str, path_and_query: &str, form_body: &str) -> Vec<String> {
        let (path, query) = path_and_query.split_once('?').unwrap_or((path_and_query, ""));
        let Some(operations) = self.operations(path) else { return vec![format!("no path {path}")] };
        let method = method.to_ascii_lowercase();
        let Some(schema) = operations.get(&method) else { return vec![format!("no {method} at {path}")] };
        let (fields, unexpected) = if method == "get" { (query, form_body) } else { (form_body, query) };
        let mut problems = Vec::new();
        if !unexpected.is_empty() {
            problems.push(format!("{method} does not take `{unexpected}`"));
        }
        match parse_form(fields) {
            Ok(tree) => check_field(&tree, schema, "", &mut problems),
            Err(problem) => problems.push(problem),
        }
        problems
    }

    /// The path's operations; among templates that fit, the one with the most literal segments.
    fn operations(&self, path: &str) -> Option<&Map<String, Value>> {
        let fits = |template: &str| {
            let (given, wanted): (Vec<_>, Vec<_>) =
                (path.split('/').collect(), template.split('/').collect());
            let fits = given.len() == wanted.len()
                && given.iter().zip(&wanted).all(|(g, w)| g == w || (w.starts_with('{') && !g.is_empty()));
            fits.then(|| wanted.iter().filter(|segment| !segment.starts_with('{')).count())
        };
        let paths = self.paths.as_object().expect("paths");
        let found = paths.iter().filter_map(|(template, ops)| Some((fits(template)?, ops)));
        found.max_by_key(|(literal, _)| *literal).and_then(|(_, operations)| operations.as_object())
    }

    /// What is wrong with an object that claims to be of this kind, as `object` says it: `payment_link`,
    /// `checkout.session`, `payment_intent`, `charge`, `refund`, `event`, `price`, or `list` of those.
    pub fn check_object(&self, kind: &str, object: &Value) -> Vec<String> {
        if kind == "list" {
            return self.check_list(object);
        }
        let Some(schema) = self.components["schemas"].get(kind) else {
            return vec![format!("no object of kind {kind}")];
        };
        let root = json!({"$ref": format!("#/components/schemas/{kind}"), "components": self.components});
        let validator = jsonschema::validator_for(&root).expect("the schemas are sound");
        let mut problems: Vec<String> = validator
            .iter_errors(object)
            .map(|error| format!("{kind}{}: {error}", error.instance_path()))
            .collect();
        if self.current.iter().any(|current| current == kind) {
            let known = schema["properties"].as_object().expect("properties");
            let strange =
                object.as_object().into_iter().flatten().filter(|(key, _)| !known.contains_key(*key));
            problems.extend(strange.map(|(key, _)| format!("{kind} has no {key}")));
        }
        let inner = &object["data"]["object"];
        if let (true, Some(kind)) = (kind == "event", inner["object"].as_str())
            && self.components["schemas"].get(kind).is_some()
        {
            problems.extend(self.check_object(kind, inner));
        }
        problems
    }

    fn check_list(&self, list: &Value) -> Vec<String> {
        let mut problems = Vec::new();
        let shape = list["object"] == "list" && list["has_more"].is_boolean() && list["url"].is_string();
        let Some(items) = list["data"].as_array().filter(|_| shape) else {
            return vec!["a list has object, data, has_more and url".to_owned()];
        };
        for item in items {
            let kind = item["object"].as_str().unwrap_or("");
            problems.extend(self.check_object(kind, item));
        }
        problems
    }
}

fn fixture(name: &str) -> Value {
    let path = format!("{}/tests/fixtures/stripe/{name}", env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Path → method → one object schema of the fields it takes, in the query for `get`, else in the body.
fn requests(paths: &Value) -> Value {
    let mut all = Map::new();
    for (path, operations) in paths.as_object().expect("paths") {
        let mut methods = Map::new();
        for (method, operation) in operations.as_object().expect("operations") {
            let form = &operation["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"];
            let schema = if method == "get" { query_schema(&operation["parameters"]) } else { form.clone() };
            methods.insert(method.clone(), schema);
        }
        all.insert(path.clone(), Value::Object(methods));
    }
    Value::Object(all)
}

fn query_schema(parameters: &Value) -> Value {
    let parameters = parameters.as_array().into_iter().flatten().filter(|p| p["in"] == "query");
    let name = |p: &Value| p["name"].as_str().expect("a name").to_owned();
    let required: Vec<_> = parameters.clone().filter(|p| p["required"] == true).map(name).collect();
    let properties: Map<_, _> = parameters.map(|p| (name(p), p["schema"].clone())).collect();
    json!({"type": "object", "properties": properties, "required": required})
}

/// A class of the SDK as an object schema.
fn from_class(classes: &Value, class: &str) -> Value {
    let mut schema = from_fields(classes, &classes[class]);
    for (name, about) in classes[class].as_object().expect("fields") {
        let cut = about["enum"].as_array().is_some_and(|choices| choices.iter().all(|choice| choice == ""));
        if let Some(found) = by_name(classes, class, name).filter(|_| cut) {
            schema["properties"][name] = found;
        }
    }
    schema
}

/// A choice between nothing and a class is written without the class, whose name is then made of the
/// field's; in a list, of one of its items.
fn by_name(classes: &Value, class: &str, field: &str) -> Option<Value> {
    let camel = |word: &str| word[..1].to_ascii_uppercase() + &word[1..];
    let inner = format!("{class}{}", field.split('_').map(camel).collect::<String>());
    if classes.get(&inner).is_some() {
        return Some(from_class(classes, &inner));
    }
    let one = inner.strip_suffix('s').filter(|one| classes.get(one).is_some())?;
    Some(json!({"type": "array", "items": from_class(classes, one)}))
}

fn from_fields(classes: &Value, fields: &Value) -> Value {
    let fields = fields.as_object().expect("fields");
    let required: Vec<_> = fields.iter().filter(|(_, f)| f["required"] == true).map(|(n, _)| n).collect();
    let schema = |name: &String, field: &Value| match from_annotation(classes, field) {
        one if CHOICES_IN_A_LIST.contains(&name.as_str()) => json!({"type": "array", "items": one}),
        schema => schema,
    };
    let properties: Map<_, _> = fields.iter().map(|(n, f)| (n.clone(), schema(n, f))).collect();
    json!({"type": "object", "properties": properties, "required": required})
}

/// The schema of an annotation. One that is more than a plain type, a class or a list of either, or whose
/// choices are not written out, allows anything. Choices that an object need not have may be null there.
fn from_annotation(classes: &Value, field: &Value) -> Value {
    if let Some(choices) = field["enum"].as_array() {
        let whole = !choices.iter().any(|choice| choice == "..." || choice == "");
        let nullable = field["required"] != true;
        return if whole {
            json!({"type": "string", "enum": choices, "nullable": nullable})
        } else {
            json!({})
        };
    }
    let annotation = field["type"].as_str().unwrap_or("").replace('\'', "");
    match annotation.split_once('[') {
        Some(("List", of)) => json!({"type": "array", "items": plain(classes, of)}),
        Some(("Optional", of)) => {
            let mut schema = plain(classes, of);
            if schema.get("type").is_some() {
                schema["nullable"] = json!(true);
            }
            schema
        }
        Some(("Dict", of)) if of.starts_with("str, str]") => {
            json!({"type": "object", "additionalProperties": {"type": "string"}})
        }
        Some(_) => json!({}),
        None => plain(classes, &annotation),
    }
}

fn plain(classes: &Value, name: &str) -> Value {
    match name {
        "int" => json!({"type": "integer"}),
        "str" => json!({"type": "string"}),
        "bool" => json!({"type": "boolean"}),
        class if classes.get(class).is_some() => from_class(classes, class),
        _ => json!({}),
    }
}

/// Adds to `older` what only `newer` has: fields, and choices of an enum. What is required is as in `newer`.
fn merge(older: &mut Value, newer: &Value) {
    if let Some(variants) = older.get_mut("anyOf").and_then(Value::as_array_mut) {
        let same = variants.iter_mut().find(|variant| variant["type"] == newer["type"]);
        return same.into_iter().for_each(|variant| merge(variant, newer));
    }
    if let (Some(old), Some(new)) = (older["enum"].as_array().cloned(), newer["enum"].as_array()) {
        let added = new.iter().filter(|choice| !old.contains(choice));
        older["enum"] = old.iter().chain(added).cloned().collect();
    }
    if let Some(items) = newer.get("items")
        && older.get("items").is_some()
    {
        merge(&mut older["items"], items);
    }
    let Some(fields) = newer["properties"].as_object() else { return };
    older["required"] = newer["required"].clone();
    for (name, field) in fields {
        match older["properties"].get_mut(name) {
            Some(known) => merge(known, field),
            None => older["properties"][name] = field.clone(),
        }
    }
}

/// OpenAPI 3.0 says `nullable`; JSON Schema has a type of its own for null.
fn to_json_schema(schema: &mut Value) {
    match schema {
        Value::Array(entries) => entries.iter_mut().for_each(to_json_schema),
        Value::Object(entries) => {
            entries.values_mut().for_each(to_json_schema);
            if entries.get("nullable") == Some(&json!(true)) {
                entries.remove("nullable");
                let inner = Value::Object(std::mem::take(entries));
                *schema = json!({"anyOf": [inner, {"type": "null"}]});
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// A form's fields, nested as their brackets say.
#[derive(Debug)]
enum Field {
    Text(String),
    Nested(BTreeMap<String, Field>),
}

fn parse_form(text: &str) -> Result<Field, String> {
    let mut root = BTreeMap::new();
    for pair in text.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').ok_or_else(|| format!("`{pair}` has no value"))?;
        let (name, value) = (decode(name)?, decode(value)?);
        let mut keys = name.split('[').map(|key| key.strip_suffix(']').unwrap_or(key).to_owned());
        let first = keys.next().expect("split gives at least one");
        put(&mut root, first, keys, value).map_err(|()| format!("{name} is given twice"))?;
    }
    Ok(Field::Nested(root))
}

fn put(
    fields: &mut BTreeMap<String, Field>,
    key: String,
    mut rest: impl Iterator<Item = String>,
    value: String,
) -> Result<(), ()> {
    let key = if key.is_empty() { fields.len().to_string() } else { key };
    let Some(next) = rest.next() else {
        return fields.insert(key, Field::Text(value)).map_or(Ok(()), |_| Err(()));
    };
    match fields.entry(key).or_insert_with(|| Field::Nested(BTreeMap::new())) {
        Field::Nested(inner) => put(inner, next, Box::new(rest) as Box<dyn Iterator<Item = _>>, value),
        Field::Text(_) => Err(()),
    }
}

fn decode(text: &str) -> Result<String, String> {
    let wrong = || format!("`{text}` is not percent-encoded");
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let pair = [rest.next().ok_or_else(wrong)?, rest.next().ok_or_else(wrong)?];
                let digits = std::str::from_utf8(&pair).map_err(|_| wrong())?;
                u8::from_str_radix(digits, 16).map_err(|_| wrong())?
            }
            other => other,
        });
    }
    String::from_utf8(bytes).map_err(|_| wrong())
}

fn check_field(field: &Field, schema: &Value, at: &str, problems: &mut Vec<String>) {
    if let Some(variants) = schema["anyOf"].as_array() {
        let mut best: Option<Vec<String>> = None;
        for variant in variants {
            let mut found = Vec::new();
            check_field(field, variant, at, &mut found);
            if best.as_ref().is_none_or(|least| found.len() < least.len()) {
                best = Some(found);
            }
        }
        return problems.extend(best.unwrap_or_default());
    }
    match (schema["type"].as_str(), field) {
        (None, _) => {}
        (Some("object"), Field::Nested(fields)) => check_object_fields(fields, schema, at, problems),
        (Some("array"), Field::Nested(items)) => {
            for (index, (_, item)) in items.iter().enumerate() {
                if !items.contains_key(&index.to_string()) {
                    problems.push(format!("{at} has no item {index}"));
                }
                check_field(item, &schema["items"], &format!("{at}[{index}]"), problems);
            }
        }
        (Some(kind), Field::Text(text)) => {
            let fits = match kind {
                "string" => true,
                "integer" => text.parse::<i64>().is_ok(),
                "number" => text.parse::<f64>().is_ok(),
                "boolean" => text == "true" || text == "false",
                _ => false,
            };
            if !fits {
                problems.push(format!("{at}: `{text}` is no {kind}"));
            }
            let choices = schema["enum"].as_array();
            if choices.is_some_and(|choices| !choices.iter().any(|choice| choice == text)) {
                problems.push(format!("{at}: `{text}` is not among the choices"));
            }
        }
        (Some(kind), Field::Nested(_)) => problems.push(format!("{at} is a {kind}")),
    }
}

fn check_object_fields(
    fields: &BTreeMap<String, Field>,
    schema: &Value,
    at: &str,
    problems: &mut Vec<String>,
) {
    for (name, field) in fields {
        let path = if at.is_empty() { name.clone() } else { format!("{at}[{name}]") };
        match schema["properties"].get(name).or(schema.get("additionalProperties")) {
            Some(Value::Bool(false)) | None => problems.push(format!("there is no field {path}")),
            Some(schema) => check_field(field, schema, &path, problems),
        }
    }
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if !fields.contains_key(name) {
            problems.push(format!("{at} lacks {name}"));
        }
    }
}

//! What the variables of a step come to before anything has run: the values that a preview is filled with. Which values
//! there are is `scope`'s.

use serde_json::{Map, Value};

use super::{action::Catalog, definition::Definition, known::Form, scope::Scope, template::Values};

/// An example of every value that is known at a step, as [`super::Template::fill`] takes them; of a step that there is
/// not, what one can name that is added at the end. What is not known is `null`.
pub fn examples(definition: &Definition, catalog: &Catalog, step_id: &str) -> Values {
    let scope = Scope::of(definition, catalog);
    let mut all = Map::new();
    for (name, form) in &scope.given {
        all.insert((*name).to_owned(), value(form));
    }
    all.extend(scope.named_at(step_id).map(|(step, form)| (step.id.clone(), value(form))));
    all
}

fn value(form: &Form) -> Value {
    match form {
        Form::Anything => Value::Null,
        Form::Like(value) => value.clone(),
        Form::Fields(fields, _) => {
            fields.iter().map(|(name, form)| (name.clone(), value(form))).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::workflow::{
        Template,
        sample::{CATALOG, everything},
        variables,
    };

    #[test]
    fn every_variable_that_has_an_example_comes_to_it() {
        let definition = Definition::parse(&everything().to_string(), &CATALOG).unwrap();
        for step in ["create", "each", "remove", "tell", "none of them"] {
            let values = examples(&definition, &CATALOG, step);
            for variable in variables(&definition, &CATALOG, step) {
                let template = Template::parse(&json!(format!("{{{{{}}}}}", variable.path)));
                if !variable.example.is_null() {
                    let filled = template.unwrap().fill(&values);
                    assert_eq!(filled.as_ref(), Ok(&variable.example), "{}", variable.path);
                }
            }
        }
    }
}

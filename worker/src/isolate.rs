//! What one isolate shares between its requests and objects: the settings, the memory, the hook for panics.
//! Nothing here holds a promise or a future: those belong to one request.

use std::{cell::OnceCell, rc::Rc};

use isthmus::{memory::Memory, settings::Settings};
use js_sys::Reflect;
use wasm_bindgen::JsValue;
use worker::Env;

thread_local! {
    static CURRENT: OnceCell<Rc<Isolate>> = const { OnceCell::new() };
}

/// The settings and the memory of this isolate; new after a restart of the wasm instance.
pub(crate) struct Isolate {
    pub(crate) settings: Settings,
    pub(crate) memory: Memory,
}

impl Isolate {
    /// This isolate's, made when it is first asked for.
    pub(crate) fn current(env: &Env) -> Rc<Self> {
        CURRENT.with(|current| Rc::clone(current.get_or_init(|| Rc::new(Self::new(env)))))
    }

    fn new(env: &Env) -> Self {
        report_panics();
        let settings = Settings::new(|name| {
            Reflect::get(env, &JsValue::from(name)).ok().and_then(|value| value.as_string())
        });
        Self { settings, memory: Memory::default() }
    }
}

/// One line for each panic, with its place. Its message stays out: nobody knows what it quotes.
fn report_panics() {
    std::panic::set_hook(Box::new(|info| {
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        let line = serde_json::json!({"level": "error", "event": "panic", "place": place});
        worker::console_error!("{line}");
        tell_of_death();
    }));
}

/// Tells the guard (`guard.mjs`), which answers whoever waits, and the glue, which starts a new instance.
fn tell_of_death() {
    let _ = Reflect::get(&js_sys::global(), &JsValue::from("__worker_init_state"))
        .and_then(|state| Reflect::set(&state, &JsValue::from("criticalError"), &JsValue::TRUE));
}

//! The promises of the host, on the host in memory. The very same checks run in workerd: tests/worker.

use isthmus::testing::{CONTRACT, OBJECT_CONTRACT, run_contract};

use crate::{run, world::World};

#[test]
fn the_host_in_memory_keeps_its_promises() {
    run(async {
        let world = World::new().await;
        for check in CONTRACT {
            let seen = run_contract(&world.host, check, "1").await;
            assert_eq!(seen, Ok(()), "{check}");
        }
    });
}

#[test]
fn the_objects_in_memory_keep_their_promises() {
    run(async {
        let world = World::new().await;
        for check in OBJECT_CONTRACT {
            let seen = world.host.run_in_object(&world.adas(), check).await;
            assert_eq!(seen, Ok(()), "{check}");
        }
    });
}

use std::path::Path;

use rusqlite::Connection;
use store::{DESK_FILE, RECORD_FILE, StoreError};

use crate::kit::*;

async fn error(folder: &Path) -> StoreError {
    match store::open(folder, &sources(), chance()).await {
        Ok(_) => panic!("the store must not open"),
        Err(error) => error,
    }
}

#[tokio::test]
async fn a_file_of_a_later_schema_is_refused_and_not_touched() {
    if has_no_files() {
        return;
    }
    for file in [RECORD_FILE, DESK_FILE] {
        let Kit { home, store, .. } = Kit::new().await;
        drop(store);
        let path = home.folder().join(file);
        Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
        let before = std::fs::read(&path).unwrap();
        let error = error(home.folder()).await;
        assert!(matches!(error, StoreError::UnknownSchema { found: 99, known: 1, .. }), "{error}");
        assert!(error.to_string().contains(file), "{error}");
        assert_eq!(std::fs::read(&path).unwrap(), before);
    }
}

/// The rows of other rules find nobody: the screen would be empty that should not be.
#[tokio::test]
async fn a_record_whose_look_ups_other_rules_made_is_refused_until_it_is_built_anew() {
    if has_no_files() {
        return;
    }
    for made in ["UPDATE look_up_rules SET version = 7", "DROP TABLE look_up_rules"] {
        let Kit { home, store, .. } = Kit::new().await;
        drop(store);
        Connection::open(home.folder().join(RECORD_FILE)).unwrap().execute_batch(made).unwrap();
        let error = error(home.folder()).await;
        assert!(matches!(error, StoreError::OtherLookUps { known: store::LOOK_UP_RULES, .. }), "{error}");
        assert!(error.to_string().contains("rebuild --swap"), "{error}");
        store::open_to_rebuild(home.folder(), &sources(), chance()).await.map(drop).unwrap();
    }
}

#[tokio::test]
async fn a_file_that_is_no_database_is_named() {
    if has_no_files() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(RECORD_FILE), "Dear colleague, ".repeat(100)).unwrap();
    let error = error(folder.path()).await;
    assert!(matches!(&error, StoreError::CannotOpen { path, .. } if path.ends_with(RECORD_FILE)), "{error}");
}

#[tokio::test]
async fn a_database_of_another_program_is_refused_and_not_touched() {
    if has_no_files() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(RECORD_FILE);
    Connection::open(&path).unwrap().execute_batch("CREATE TABLE recipes (name TEXT)").unwrap();
    let error = error(folder.path()).await;
    assert!(error.to_string().contains("a file of another kind"), "{error}");
    let tables: i64 =
        Connection::open(&path).unwrap().query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).unwrap();
    assert_eq!(tables, 1);
}

#[tokio::test]
async fn the_desk_in_place_of_the_record_is_refused() {
    if has_no_files() {
        return;
    }
    let Kit { home, store, .. } = Kit::new().await;
    drop(store);
    std::fs::copy(home.folder().join(DESK_FILE), home.folder().join(RECORD_FILE)).unwrap();
    let error = error(home.folder()).await;
    assert!(error.to_string().contains("a file of another kind"), "{error}");
}

#[tokio::test]
async fn a_folder_that_does_not_exist_or_is_a_file_is_named() {
    if has_no_files() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a file");
    std::fs::write(&file, "").unwrap();
    for path in [folder.path().join("nowhere"), file] {
        let Err(error) = store::open(&path, &sources(), chance()).await else { panic!("must not open") };
        let text = error.to_string();
        assert!(text.contains(&path.join(RECORD_FILE).display().to_string()), "{text}");
        assert!(text.contains("is writable"), "it says what to check: {text}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_folder_that_cannot_be_written_is_named() {
    if has_no_files() {
        return;
    }
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o555)).unwrap();
    let opened = match std::fs::write(folder.path().join("probe"), "") {
        Ok(()) => {
            println!("skipped: this user may write everywhere; a folder of the system stands in");
            store::open(Path::new("/proc"), &sources(), chance()).await
        }
        Err(_) => store::open(folder.path(), &sources(), chance()).await,
    };
    let Err(error) = opened else { panic!("must not open") };
    assert!(matches!(&error, StoreError::CannotOpen { path, .. } if path.ends_with(RECORD_FILE)), "{error}");
    assert!(error.to_string().contains("is writable"), "{error}");
}

#[tokio::test]
async fn sources_keep_their_numbers_whatever_the_order_of_the_configuration() {
    let kit = Kit::new().await;
    kit.tell(HOSPITAL, NOON, vec![change("H1", Some(grace()), vec![medicine("m", "x")])]).await;
    let mut reversed = sources();
    reversed.reverse();
    reversed.insert(0, source("newcomer"));
    let kit = kit.reopened_for(&reversed).await;
    let of_entry = kit.texts("SELECT s.id FROM entry e JOIN source s ON s.number = e.source").await;
    assert_eq!(of_entry, [HOSPITAL]);
    assert_eq!(kit.store.people.count().await.unwrap(), (1, 1));
}

#[tokio::test]
async fn a_clean_end_leaves_two_files_and_nothing_beside_them() {
    if has_no_files() {
        return;
    }
    let kit = Kit::new().await;
    kit.tell(HOSPITAL, NOON, vec![change("H1", Some(grace()), vec![medicine("m", "x")])]).await;
    let Kit { home, store, .. } = kit;
    drop(store);
    let mut files: Vec<String> = std::fs::read_dir(home.folder())
        .unwrap()
        .map(|file| file.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    files.sort();
    assert_eq!(files, [DESK_FILE, RECORD_FILE]);
}

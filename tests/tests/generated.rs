//! Builds that are made by lot, each checked for what holds for every build.

use std::path::Path;

use aliasfront_tests::frontend;
use aliasfront_tests::generate::{Sample, check, reduce};
use aliasfront_tests::golden::{Case, Expected, compare};

/// How many builds: enough for each fragment to come up, few enough for a test.
const BUILDS: u64 = 60;

#[tokio::test]
async fn what_holds_for_every_build_holds_for_these() {
    let mut broken = Vec::new();
    for seed in 0..BUILDS {
        let sample = Sample::new(seed);
        if let Err(found) = check(&sample, frontend::binary()).await.expect("the frontend starts") {
            broken.push(format!("seed {seed}: {found}\n{sample:#?}"));
        }
    }
    assert!(broken.is_empty(), "{} broken\n{}", broken.len(), broken.join("\n"));
}

#[test]
fn a_seed_is_always_the_same_build() {
    for seed in 0..BUILDS {
        assert_eq!(Sample::new(seed), Sample::new(seed));
    }
    let builds: Vec<Sample> = (0..BUILDS).map(Sample::new).collect();
    let different = builds.iter().enumerate().filter(|(at, build)| !builds[..*at].contains(build));
    assert!(different.count() as u64 > BUILDS / 2);
}

#[tokio::test]
async fn what_does_not_matter_is_left_out() {
    let mut sample = Sample::of("FROM alpine\nRUN one\nRUN two\n".to_owned());
    sample.opts.insert("target".to_owned(), "x".to_owned());
    let shows = async |smaller: Sample| Ok(smaller.dockerfile().contains("RUN two"));
    let small = reduce(sample, shows).await.expect("nothing fails");
    assert_eq!(small, Sample::of("RUN two\n".to_owned()));
}

#[tokio::test]
async fn a_saved_build_is_a_case() {
    let corpus = Path::new(env!("CARGO_TARGET_TMPDIR")).join("saved");
    let sample = Sample::new(1);
    let recording = sample.gateway().run(frontend::binary()).await.expect("the frontend starts");
    let expected = Expected::of(&recording);
    sample.save(&corpus, "one", &expected).expect("the files can be written");
    let cases = Case::all(&corpus, &[]).expect("a corpus");
    let [case] = cases.as_slice() else { panic!("{} cases", cases.len()) };
    assert_eq!(case.expected, expected);
    let again = case.run(frontend::binary()).await.expect("the frontend starts");
    assert_eq!(compare(&expected, &again), Ok(()));
}

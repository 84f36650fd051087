//! `cargo xtask site [--release]`: builds what the browser loads, with libraries instead of tools that would have to be
//! installed: wasm → wasm-split → wasm-bindgen, CSS with lightningcss, and a copy of `public`. The site is next to the
//! program that serves it: `target/debug/site`, `target/release/site`.
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use lightningcss::bundler::{Bundler, FileProvider};
use lightningcss::stylesheet::{MinifyOptions, ParserOptions, PrinterOptions};
use lightningcss::targets::{Browsers, Targets};
use sha2::{Digest, Sha256};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const NAME: &str = "countersign";

fn main() -> Result<()> {
    let args: Vec<String> = env::args().skip(1).collect();
    let release = args.iter().any(|arg| arg == "--release");
    match args.first().map(String::as_str) {
        Some("site") => site(release),
        Some("style") => style(&PathBuf::from("target/debug/site/pkg"), false),
        _ => Err("usage: cargo xtask site [--release] | cargo xtask style".into()),
    }
}

fn site(release: bool) -> Result<()> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize()?;
    env::set_current_dir(&root)?;
    let (profile, folder) = if release { ("wasm-release", "wasm-release") } else { ("wasm-dev", "wasm-dev") };
    let built = Command::new(env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()))
        .args(["rustc", "--quiet", "--locked", "--package", "countersign", "--lib", "--crate-type", "cdylib"])
        .args(["--features", "hydrate"])
        .args(["--target", "wasm32-unknown-unknown", "--profile", profile])
        .status()?;
    if !built.success() {
        return Err("the browser's part did not compile".into());
    }
    let out = root.join("target").join(if release { "release" } else { "debug" }).join("site");
    let pkg = out.join("pkg");
    let input = root.join(format!("target/wasm32-unknown-unknown/{folder}/{NAME}.wasm"));
    let inputs = fingerprint(&[&input, &root.join("style"), &root.join("public"), &env::current_exe()?])?;
    if fs::read_to_string(out.join("inputs.txt")).is_ok_and(|known| known == inputs) {
        return Ok(());
    }
    // Starts with an empty folder. Otherwise files of an earlier build with other hashes would be shipped too.
    if out.exists() {
        fs::remove_dir_all(&out)?;
    }
    fs::create_dir_all(&pkg)?;
    wasm(&input, &pkg)?;
    style(&pkg, release)?;
    copy(&root.join("public"), &out)?;
    if release {
        optimise(&root, &pkg)?;
    }
    validate(&pkg)?;
    if release {
        name_by_content(&out, &pkg)?;
        compress(&out)?;
    }
    // Written last, so that an interrupted build is repeated.
    fs::write(out.join("inputs.txt"), inputs)?;
    Ok(())
}

/// Hashes the site's sources by size and modification time, so that a second call has nothing to do.
fn fingerprint(paths: &[&Path]) -> Result<String> {
    fn walk(path: &Path, into: &mut Sha256) -> Result<()> {
        let about = fs::metadata(path)?;
        if about.is_dir() {
            let mut inside: Vec<PathBuf> =
                fs::read_dir(path)?.map(|entry| entry.map(|entry| entry.path())).collect::<std::io::Result<_>>()?;
            inside.sort();
            return inside.iter().try_for_each(|path| walk(path, into));
        }
        into.update(path.to_string_lossy().as_bytes());
        into.update(about.len().to_le_bytes());
        into.update(about.modified()?.duration_since(std::time::UNIX_EPOCH)?.as_nanos().to_le_bytes());
        Ok(())
    }
    let mut hash = Sha256::new();
    paths.iter().try_for_each(|path| walk(path, &mut hash))?;
    Ok(hex::encode(hash.finalize()))
}

/// Splits lazy routes off, then writes the JavaScript that loads the rest. Both or neither: a build with lazy routes
/// that was not split does not start in the browser.
fn wasm(input: &Path, pkg: &Path) -> Result<()> {
    let bytes = fs::read(input)?;
    let main = input.with_file_name(format!("{NAME}_main.wasm"));
    let main_module = format!("./{NAME}.js");
    let mut options = wasm_split_cli_support::Options::new(&bytes);
    options.output_dir = pkg;
    options.main_out_path = &main;
    options.main_module = &main_module;
    options.link_name = "./__wasm_split.______________________.js";
    let split = wasm_split_cli_support::transform(options)?;
    fs::write(pkg.join("__wasm_split_manifest.json"), serde_json::to_string(&split.prefetch_map)?)?;
    let mut bindgen = wasm_bindgen_cli_support::Bindgen::new();
    bindgen.keep_lld_exports(true).demangle(false).debug(false).keep_debug(false).typescript(false);
    bindgen.input_path(&main).out_name(NAME).web(true)?;
    bindgen.generate(pkg)?;
    // The name that Leptos' HydrationScripts loads.
    fs::rename(pkg.join(format!("{NAME}_bg.wasm")), pkg.join(format!("{NAME}.wasm")))?;
    Ok(())
}

fn style(pkg: &Path, minify: bool) -> Result<()> {
    let files = FileProvider::new();
    let mut bundler = Bundler::new(&files, None, ParserOptions::default());
    let mut sheet = bundler.bundle(Path::new("style/main.css")).map_err(|error| error.to_string())?;
    let targets = Targets::from(Browsers {
        chrome: Some(123 << 16),
        firefox: Some(121 << 16),
        safari: Some((17 << 16) | (5 << 8)),
        ..Browsers::default()
    });
    sheet.minify(MinifyOptions { targets, ..MinifyOptions::default() }).map_err(|error| error.to_string())?;
    let css = sheet.to_css(PrinterOptions { minify, targets, ..PrinterOptions::default() })?;
    fs::write(pkg.join(format!("{NAME}.css")), css.code)?;
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// Features that Binaryen may use: no more than the browsers above support. `--all-features` includes the newest
/// drafts, and produced modules that no browser would load.
const FEATURES: [&str; 6] = [
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-reference-types",
];

/// Makes the wasm smaller with Binaryen, if it is installed (`make setup` installs it).
fn optimise(root: &Path, pkg: &Path) -> Result<()> {
    let local = root.join("end2end/node_modules/.bin/wasm-opt");
    let tool = if local.exists() { local } else { PathBuf::from("wasm-opt") };
    for entry in fs::read_dir(pkg)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "wasm") {
            let done = Command::new(&tool).arg("-Oz").args(FEATURES).arg("-o").arg(&path).arg(&path).status();
            if !done.is_ok_and(|status| status.success()) {
                eprintln!("wasm-opt is not there: the wasm is left larger than it could be");
                return Ok(());
            }
        }
    }
    Ok(())
}

/// Checks that browsers will load it: all of WebAssembly 2, which they have supported since 2022, and nothing newer.
fn validate(pkg: &Path) -> Result<()> {
    for entry in fs::read_dir(pkg)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "wasm") {
            let mut validator = wasmparser::Validator::new_with_features(wasmparser::WasmFeatures::WASM2);
            validator.validate_all(&fs::read(&path)?).map_err(|error| format!("{}: {error}", path.display()))?;
        }
    }
    Ok(())
}

/// Puts everything into a folder named by its content, so that browsers may cache it for ever. The folder and not each
/// file, because the parts import one another by relative names.
fn name_by_content(out: &Path, pkg: &Path) -> Result<()> {
    let mut files: Vec<PathBuf> =
        fs::read_dir(pkg)?.map(|entry| entry.map(|entry| entry.path())).collect::<std::io::Result<_>>()?;
    files.sort();
    let mut hash = Sha256::new();
    for file in &files {
        hash.update(fs::read(file)?);
    }
    let name: String = hex::encode(hash.finalize()).chars().take(16).collect();
    let folder = pkg.join(&name);
    fs::create_dir(&folder)?;
    for file in files {
        fs::rename(&file, folder.join(file.file_name().ok_or("a file without a name")?))?;
    }
    fs::write(out.join("hash.txt"), name)?;
    Ok(())
}

/// Writes Brotli and gzip versions next to each file, once, instead of compressing at each request.
fn compress(folder: &Path) -> Result<()> {
    use std::io::Write;
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            compress(&path)?;
            continue;
        }
        let wanted = path.extension().and_then(|extension| extension.to_str());
        if !matches!(wanted, Some("js" | "wasm" | "css" | "svg" | "json")) {
            continue;
        }
        let bytes = fs::read(&path)?;
        let beside = |extension: &str| PathBuf::from(format!("{}.{extension}", path.display()));
        let mut brotli = brotli::CompressorWriter::new(fs::File::create(beside("br"))?, 1 << 16, 11, 22);
        brotli.write_all(&bytes)?;
        brotli.flush()?;
        let mut gzip = flate2::write::GzEncoder::new(fs::File::create(beside("gz"))?, flate2::Compression::best());
        gzip.write_all(&bytes)?;
        gzip.finish()?;
    }
    Ok(())
}

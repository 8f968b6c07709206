//! Source text as functions: where each stands, what it calls, what is written in it.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use std::collections::BTreeSet;
use syn::parse::Parser;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Attribute, Block, ImplItemFn, Item, ItemFn, ItemImpl, ItemMacro, ItemMod, Signature};
use syn::{ItemTrait, TraitItemFn};

/// A function of a source file, its tests aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// The trait that it belongs to, by its declaration or by an `impl`.
    pub of_trait: Option<String>,
    /// Its doc comment, as it stands there.
    pub doc: String,
    /// Its lines from the doc comment to the closing brace, comments and all.
    pub text: String,
    /// The names behind a dot that it calls.
    pub calls: BTreeSet<String>,
}

/// All functions of a file, in its order.
///
/// # Panics
/// If it is no Rust.
pub fn functions(name: &str, text: &str) -> Vec<Function> {
    let file = syn::parse_file(text).unwrap_or_else(|error| panic!("{name}: {error}"));
    let lines = text.lines().collect();
    let mut found = Found { lines, of_trait: None, functions: Vec::new() };
    found.visit_file(&file);
    found.functions
}

/// The functions of a file with the words of their arguments; of a method also the words of the
/// type that it is a method of.
///
/// # Panics
/// If the file is no Rust.
pub fn functions_with_signatures(name: &str, text: &str) -> Vec<(String, Vec<String>)> {
    let file = syn::parse_file(text).unwrap_or_else(|error| panic!("{name}: {error}"));
    let mut found = Signatures::default();
    found.visit_file(&file);
    found.functions
}

#[derive(Default)]
struct Signatures {
    receiver: Vec<String>,
    functions: Vec<(String, Vec<String>)>,
}

impl Signatures {
    fn add(&mut self, signature: &Signature) {
        let mut all = Vec::new();
        words(quote::ToTokens::to_token_stream(&signature.inputs), &mut all);
        if signature.receiver().is_some() {
            all.extend(self.receiver.iter().cloned());
        }
        self.functions.push((signature.ident.to_string(), all));
    }
}

impl<'ast> Visit<'ast> for Signatures {
    fn visit_item_fn(&mut self, item: &'ast ItemFn) {
        self.add(&item.sig);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast ImplItemFn) {
        self.add(&item.sig);
    }

    fn visit_item_impl(&mut self, item: &'ast ItemImpl) {
        let mut receiver = Vec::new();
        words(quote::ToTokens::to_token_stream(&item.self_ty), &mut receiver);
        let outer = std::mem::replace(&mut self.receiver, receiver);
        visit::visit_item_impl(self, item);
        self.receiver = outer;
    }
}

/// All names in some tokens.
fn words(tokens: TokenStream, found: &mut Vec<String>) {
    for token in tokens {
        match token {
            TokenTree::Ident(word) => found.push(word.to_string()),
            TokenTree::Group(group) => words(group.stream(), found),
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
}

/// Whether an item exists in tests only.
pub fn is_of_tests(attributes: &[Attribute]) -> bool {
    let is_test = |list: &syn::MetaList| list.tokens.to_string() == "test";
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("test")
            || attribute.path().is_ident("cfg") && attribute.meta.require_list().is_ok_and(is_test)
    })
}

struct Found<'a> {
    lines: Vec<&'a str>,
    of_trait: Option<String>,
    functions: Vec<Function>,
}

impl Found<'_> {
    fn add(
        &mut self,
        whole: &impl Spanned,
        head: (&[Attribute], &Signature),
        body: Option<&Block>,
    ) {
        let (attributes, signature) = head;
        let (first, last) = (whole.span().start().line, whole.span().end().line);
        let mut calls = BTreeSet::new();
        if let Some(body) = body {
            collect_calls(quote::ToTokens::to_token_stream(body), &mut calls);
        }
        self.functions.push(Function {
            name: signature.ident.to_string(),
            of_trait: self.of_trait.clone(),
            doc: attributes.iter().filter_map(doc_line).collect::<Vec<_>>().join("\n"),
            text: self.lines[first - 1..last].join("\n"),
            calls,
        });
    }

    fn inside(&mut self, of_trait: Option<String>, walk: impl FnOnce(&mut Self)) {
        let outer = std::mem::replace(&mut self.of_trait, of_trait);
        walk(self);
        self.of_trait = outer;
    }
}

impl<'ast> Visit<'ast> for Found<'_> {
    fn visit_item_fn(&mut self, item: &'ast ItemFn) {
        if !is_of_tests(&item.attrs) {
            self.add(item, (&item.attrs, &item.sig), Some(&item.block));
        }
    }

    fn visit_impl_item_fn(&mut self, item: &'ast ImplItemFn) {
        self.add(item, (&item.attrs, &item.sig), Some(&item.block));
    }

    fn visit_trait_item_fn(&mut self, item: &'ast TraitItemFn) {
        self.add(item, (&item.attrs, &item.sig), item.default.as_ref());
    }

    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        if !is_of_tests(&item.attrs) {
            visit::visit_item_mod(self, item);
        }
    }

    fn visit_item_impl(&mut self, item: &'ast ItemImpl) {
        let of_trait = item.trait_.as_ref().and_then(|(_, path, _)| path.segments.last());
        let of_trait = of_trait.map(|segment| segment.ident.to_string());
        self.inside(of_trait, |found| visit::visit_item_impl(found, item));
    }

    fn visit_item_trait(&mut self, item: &'ast ItemTrait) {
        let of_trait = Some(item.ident.to_string());
        self.inside(of_trait, |found| visit::visit_item_trait(found, item));
    }

    /// A list of functions may be given to a macro, which makes a trait of them.
    fn visit_item_macro(&mut self, item: &'ast ItemMacro) {
        let Ok(functions) = functions_of_macro.parse2(item.mac.tokens.clone()) else { return };
        let of_trait = item.mac.path.segments.last().map(|segment| segment.ident.to_string());
        self.inside(of_trait, |found| {
            functions.iter().for_each(|function| found.visit_trait_item_fn(function));
        });
    }
}

fn functions_of_macro(input: syn::parse::ParseStream) -> syn::Result<Vec<TraitItemFn>> {
    let mut functions = Vec::new();
    while !input.is_empty() {
        functions.push(input.parse()?);
    }
    Ok(functions)
}

fn doc_line(attribute: &Attribute) -> Option<String> {
    let value = &attribute.meta.require_name_value().ok()?.value;
    let syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) = value else { return None };
    attribute.path().is_ident("doc").then(|| text.value())
}

/// Collects `.name(` anywhere, in the arguments of macros too.
fn collect_calls(tokens: TokenStream, calls: &mut BTreeSet<String>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    for three in tokens.windows(3) {
        if let [TokenTree::Punct(dot), TokenTree::Ident(name), TokenTree::Group(arguments)] = three
            && dot.as_char() == '.'
            && arguments.delimiter() == Delimiter::Parenthesis
        {
            calls.insert(name.to_string());
        }
    }
    for token in tokens {
        if let TokenTree::Group(group) = token {
            collect_calls(group.stream(), calls);
        }
    }
}

/// The items of a file, those of its inline modules apart, and without tests.
pub fn items_outside_tests(items: &[Item]) -> impl Iterator<Item = &Item> {
    items.iter().filter(|item| !is_of_tests(attributes(item)))
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

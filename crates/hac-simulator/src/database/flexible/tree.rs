//! What a `FlexibleSearch` says, before any name in it is looked up.

/// A query or a part of one, in the order of its text.
pub(super) type Text<'a> = Vec<Piece<'a>>;

#[derive(Debug)]
pub(super) enum Piece<'a> {
    /// SQL that is passed on as it stands.
    Sql(&'a str),
    /// Whitespace: one blank, however long and wherever it broke the line.
    Space,
    Attribute(AttributeName<'a>),
    /// `?name`.
    Parameter(&'a str),
    /// `{{ … }}`.
    Subselect(Select<'a>),
}

/// `{alias.name[language]:o}`.
#[derive(Debug)]
pub(super) struct AttributeName<'a> {
    pub(super) alias: Option<&'a str>,
    pub(super) name: &'a str,
    pub(super) language: Option<&'a str>,
    /// `:o`: an item without a value in that language is found as well.
    pub(super) optional: bool,
}

#[derive(Debug, Default)]
pub(super) struct Select<'a> {
    /// All before FROM.
    pub(super) head: Text<'a>,
    pub(super) from: Vec<Source<'a>>,
    /// What stands between FROM and WHERE, and belongs to neither.
    pub(super) between: Text<'a>,
    pub(super) filter: Option<Text<'a>>,
    /// From GROUP, HAVING or ORDER to the end.
    pub(super) rest: Text<'a>,
}

/// One of the sources that FROM lists.
#[derive(Debug)]
pub(super) enum Source<'a> {
    /// `{Type AS alias JOIN …}`.
    Types(Vec<TypeName<'a>>),
    /// `({{ … }} UNION {{ … }}) alias`.
    Derived(Text<'a>),
}

#[derive(Debug)]
pub(super) struct TypeName<'a> {
    pub(super) code: &'a str,
    /// `!`: without its subtypes.
    pub(super) exact: bool,
    pub(super) alias: Option<&'a str>,
    /// How it joins those before it; `None` for the first.
    pub(super) join: Option<Join<'a>>,
}

#[derive(Debug)]
pub(super) struct Join<'a> {
    pub(super) left: bool,
    pub(super) on: Text<'a>,
}

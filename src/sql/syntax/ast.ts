/** The syntax tree of a query: each part as it was written, with its place. No name or type is resolved yet. */

/** A part of the SQL text, in UTF-16 units: [start, end). */
export type TextRange = { readonly start: number; readonly end: number }

/** A part of the tree: each has its place in the text. */
type Ranged = { readonly range: TextRange }

export type Identifier = { readonly name: string; readonly range: TextRange }

export type IntervalUnit = 'YEAR' | 'MONTH' | 'DAY' | 'HOUR' | 'MINUTE' | 'SECOND' | 'QUARTER' | 'WEEK'

/**
 * A type of CAST: `name` in upper case, DECIMAL(10, 2) has parameters [10, 2]. Synonyms have one name: INTEGER is INT,
 * NUMERIC and DEC are DECIMAL, REAL is FLOAT, TIMESTAMP WITH LOCAL TIME ZONE is TIMESTAMP_LTZ.
 */
export type TypeSyntax = {
  readonly name: string
  readonly parameters: readonly number[]
  /** Of ARRAY, MAP and ROW: the types inside, those of a ROW with the names of its fields. */
  readonly inside?: readonly { readonly name?: string; readonly type: TypeSyntax }[]
  readonly range: TextRange
}

export type ExpressionSyntax = Ranged &
  (
    | { readonly kind: 'column'; readonly path: readonly Identifier[] } // a, t.a, t.row.field
    | { readonly kind: 'star'; readonly table: Identifier | undefined } // *, t.*
    | { readonly kind: 'null' }
    | { readonly kind: 'boolean'; readonly value: boolean }
    /** `text` as written: 12, 1.50, 1e3; the binder finds its type. */
    | { readonly kind: 'number'; readonly text: string }
    | { readonly kind: 'string'; readonly value: string }
    // X'4142'; each character of the value is a byte.
    | { readonly kind: 'bytes'; readonly value: string }
    /** DATE '…', TIME '…', TIMESTAMP '…' */
    | { readonly kind: 'datetime'; readonly type: 'DATE' | 'TIME' | 'TIMESTAMP'; readonly text: string }
    /** INTERVAL '1:30' MINUTE TO SECOND, INTERVAL -'5' SECOND(4), INTERVAL 1 DAY */
    | {
        readonly kind: 'interval'
        readonly text: string
        readonly negative: boolean
        readonly from: IntervalUnit
        readonly to: IntervalUnit | undefined
        readonly precision: number | undefined
      }
    | { readonly kind: 'unary'; readonly operator: '-' | '+' | 'NOT'; readonly operand: ExpressionSyntax }
    | {
        readonly kind: 'binary'
        readonly operator: '+' | '-' | '*' | '/' | '%' | '||' | '=' | '<>' | '<' | '<=' | '>' | '>=' | 'AND' | 'OR'
        readonly left: ExpressionSyntax
        readonly right: ExpressionSyntax
      }
    /** x IS [NOT] NULL | TRUE | FALSE | UNKNOWN | JSON [VALUE | OBJECT | ARRAY | SCALAR], and x IS [NOT] DISTINCT FROM y */
    | {
        readonly kind: 'is'
        readonly operand: ExpressionSyntax
        readonly not: boolean
        readonly test:
          | 'NULL'
          | 'TRUE'
          | 'FALSE'
          | 'UNKNOWN'
          | `JSON ${string}`
          | { readonly distinctFrom: ExpressionSyntax }
      }
    | {
        readonly kind: 'between'
        readonly operand: ExpressionSyntax
        readonly not: boolean
        readonly symmetric: boolean
        readonly low: ExpressionSyntax
        readonly high: ExpressionSyntax
      }
    | {
        readonly kind: 'in'
        readonly operand: ExpressionSyntax
        readonly not: boolean
        readonly list: readonly ExpressionSyntax[] | QuerySyntax
      }
    | {
        readonly kind: 'like'
        readonly operator: 'LIKE' | 'SIMILAR TO'
        readonly operand: ExpressionSyntax
        readonly not: boolean
        readonly pattern: ExpressionSyntax
        readonly escape: ExpressionSyntax | undefined
      }
    | {
        readonly kind: 'case'
        readonly operand: ExpressionSyntax | undefined
        readonly branches: readonly { readonly when: readonly ExpressionSyntax[]; readonly then: ExpressionSyntax }[]
        readonly otherwise: ExpressionSyntax | undefined
      }
    | { readonly kind: 'cast'; readonly operand: ExpressionSyntax; readonly type: TypeSyntax; readonly try: boolean }
    /**
     * A function call. Arguments are in the order written; keywords that carry a meaning are kept apart from them:
     * EXTRACT(DAY FROM ts) is name EXTRACT, keywords ['DAY'], arguments [ts]; TRIM(BOTH 'x' FROM s) is keywords ['BOTH'],
     * arguments ['x', s]; CEIL(ts TO DAY) and TIMESTAMPADD(DAY, 1, ts) have keywords ['DAY']; SUBSTRING(s FROM 1 FOR 2),
     * POSITION(a IN b) and OVERLAY(… PLACING … FROM … FOR …) have none. The clauses of JSON functions: see `json.ts`. CURRENT_TIMESTAMP and the other functions that are
     * written without parentheses have `bare`.
     */
    | {
        readonly kind: 'call'
        readonly name: Identifier // as written; compared in upper case
        readonly keywords: readonly string[]
        readonly arguments: readonly ExpressionSyntax[]
        readonly distinct: boolean
        readonly star: boolean // COUNT(*)
        readonly bare: boolean
        readonly filter: ExpressionSyntax | undefined
        readonly over: OverSyntax | undefined
      }
    /** a[1], m['key'] */
    | { readonly kind: 'element'; readonly operand: ExpressionSyntax; readonly index: ExpressionSyntax }
    /** f(x).field; r.field and t.r.field are columns with a longer path. */
    | { readonly kind: 'field'; readonly operand: ExpressionSyntax; readonly field: Identifier }
    /** ARRAY[a, b], MAP[key, value, …], ROW(a, b), (a, b) */
    | {
        readonly kind: 'construct'
        readonly type: 'ARRAY' | 'MAP' | 'ROW'
        readonly items: readonly ExpressionSyntax[]
      }
    | { readonly kind: 'scalar-query'; readonly query: QuerySyntax }
    | { readonly kind: 'exists'; readonly query: QuerySyntax }
    /** x > ANY (SELECT …), x <> ALL (SELECT …); SOME is ANY. */
    | {
        readonly kind: 'quantified'
        readonly operator: ComparisonOperator
        readonly quantifier: 'ANY' | 'ALL'
        readonly operand: ExpressionSyntax
        readonly query: QuerySyntax
      }
  )

export type ComparisonOperator = '=' | '<>' | '<' | '<=' | '>' | '>='

/** Expressions of one kind. */
export type SyntaxOf<Kind extends ExpressionSyntax['kind']> = Extract<ExpressionSyntax, { kind: Kind }>

export type OrderItem = {
  readonly expression: ExpressionSyntax
  readonly descending: boolean
  readonly nulls: 'first' | 'last' | undefined
  readonly range: TextRange
}

export type OverSyntax = {
  /** OVER name: the window is described by the WINDOW clause, and nothing else is here. */
  readonly window: Identifier | undefined
  readonly partitionBy: readonly ExpressionSyntax[]
  readonly orderBy: readonly OrderItem[]
  /** Without BETWEEN, a frame ends at the current row. */
  readonly frame: FrameSyntax | undefined
  readonly range: TextRange
}

export type FrameSyntax = {
  readonly unit: 'ROWS' | 'RANGE'
  readonly from: BoundSyntax
  readonly to: BoundSyntax
  readonly range: TextRange
}

/** CURRENT ROW, UNBOUNDED PRECEDING, 5 PRECEDING, INTERVAL '1' HOUR FOLLOWING. */
export type BoundSyntax = {
  readonly side: 'CURRENT' | 'PRECEDING' | 'FOLLOWING'
  /** Undefined for CURRENT ROW and UNBOUNDED. */
  readonly offset: ExpressionSyntax | undefined
  readonly range: TextRange
}

export type TableSyntax = Ranged &
  /** `asOf`: the time of FOR SYSTEM_TIME AS OF. */
  (
    | {
        readonly kind: 'table'
        readonly path: readonly Identifier[]
        readonly asOf?: ExpressionSyntax
        readonly alias: AliasSyntax | undefined
      }
    | { readonly kind: 'derived'; readonly query: QuerySyntax; readonly alias: AliasSyntax | undefined }
    /** TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' MINUTE)), also with DATA => TABLE t */
    | {
        readonly kind: 'window'
        readonly function: Identifier
        readonly arguments: readonly WindowArgument[]
        readonly alias: AliasSyntax | undefined
      }
    /** UNNEST(expression) [WITH ORDINALITY] */
    | {
        readonly kind: 'unnest'
        readonly expression: ExpressionSyntax
        readonly ordinality: boolean
        readonly alias: AliasSyntax | undefined
      }
    | {
        readonly kind: 'join'
        readonly type: 'INNER' | 'LEFT' | 'RIGHT' | 'FULL' | 'CROSS'
        readonly left: TableSyntax
        readonly right: TableSyntax
        readonly on: ExpressionSyntax | undefined
        /** USING (a, b), or all columns of one name: NATURAL. */
        readonly using: readonly Identifier[] | 'NATURAL' | undefined
      }
  )

export type AliasSyntax = { readonly name: Identifier; readonly columns: readonly Identifier[] }

export type WindowArgument = {
  /** DATA, TIMECOL, SIZE, SLIDE, STEP, OFFSET or GAP in upper case; undefined where the argument has no name. */
  readonly name: Identifier | undefined
  readonly value:
    | { readonly kind: 'data'; readonly table: TableSyntax; readonly partitionBy: readonly ExpressionSyntax[] }
    | { readonly kind: 'descriptor'; readonly columns: readonly Identifier[] }
    | ExpressionSyntax
  readonly range: TextRange
}

export type QueryBody = Ranged &
  (
    | {
        readonly kind: 'select'
        readonly distinct: boolean
        readonly items: readonly SelectItem[]
        readonly from: TableSyntax | undefined
        readonly where: ExpressionSyntax | undefined
        /** undefined without GROUP BY; [] for GROUP BY (). */
        readonly groupBy: readonly ExpressionSyntax[] | undefined
        /** Of GROUPING SETS, ROLLUP and CUBE: which expressions are in each set, by their index; absent for one set of all. */
        readonly sets?: readonly (readonly number[])[]
        readonly having: ExpressionSyntax | undefined
        /** WINDOW w AS (…), … */
        readonly windows: readonly { readonly name: Identifier; readonly over: OverSyntax }[]
        readonly qualify: ExpressionSyntax | undefined
      }
    | { readonly kind: 'values'; readonly rows: readonly (readonly ExpressionSyntax[])[] }
    | {
        readonly kind: 'set'
        readonly operator: 'UNION' | 'INTERSECT' | 'EXCEPT'
        readonly all: boolean
        readonly left: QuerySyntax
        readonly right: QuerySyntax
      }
  )

export type SelectItem = {
  readonly expression: ExpressionSyntax
  readonly alias: Identifier | undefined
  readonly range: TextRange
}

export type QuerySyntax = {
  readonly with: readonly {
    readonly name: Identifier
    readonly columns: readonly Identifier[]
    readonly query: QuerySyntax
  }[]
  readonly body: QueryBody
  readonly orderBy: readonly OrderItem[]
  readonly limit: ExpressionSyntax | undefined
  readonly offset: ExpressionSyntax | undefined
  readonly range: TextRange
}

using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Composition;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Formatting;

namespace Semel.Analyzers;

/// <summary>
/// Moves a client with all its calls, where all of them are known to mean the same on the other side. Everywhere else the rule is told and nothing is offered.
/// </summary>
[ExportCodeFixProvider(LanguageNames.CSharp), Shared]
public sealed class MovingOnFix : CodeFixProvider
{
    public override ImmutableArray<string> FixableDiagnosticIds => ImmutableArray.Create(Rules.ConsumeLoop.Id, Rules.ProduceCall.Id, Rules.TransactionCalls.Id);

    /// <summary>None: one move covers a whole method, so that another one of the same method has nothing left to do.</summary>
    public override FixAllProvider? GetFixAllProvider() => null;

    public override async Task RegisterCodeFixesAsync(CodeFixContext context)
    {
        var root = (await context.Document.GetSyntaxRootAsync(context.CancellationToken).ConfigureAwait(false))!;
        var model = (await context.Document.GetSemanticModelAsync(context.CancellationToken).ConfigureAwait(false))!;
        var token = root.FindToken(context.Span.Start);
        foreach (var diagnostic in context.Diagnostics)
        {
            var (title, changes) = diagnostic.Id == Rules.ConsumeLoop.Id ? ("Read it with 'await foreach' of Semel.Client",
                LoopMove.Find(token, model, context.CancellationToken))
                : diagnostic.Id == Rules.ProduceCall.Id ? ("Produce with EnqueueAsync of Semel.Client",
                    ProduceMove.Find(token, model, context.CancellationToken))
                : ("Run it with ExecuteAsync of Semel.Client", TransactionMove.Find(token, model, context.CancellationToken));
            if (changes is not null) context.RegisterCodeFix(CodeAction.Create(title, _ => Task.FromResult(Changed(context.Document, root, changes)),
                diagnostic.Id), diagnostic);
        }
    }

    static Document Changed(Document document, SyntaxNode root, IReadOnlyList<Change> changes)
    {
        var tracked = root.TrackNodes(changes.Select(change => change.Old));
        foreach (var change in changes)
        {
            var current = tracked.GetCurrentNode(change.Old)!;
            tracked = change.New.Count switch
            {
                0 => tracked.RemoveNode(current, SyntaxRemoveOptions.KeepNoTrivia)!,
                // The one statement of a loop is in no list.
                1 => tracked.ReplaceNode(current, Placed(change.New[0], current, 0)),
                _ => tracked.ReplaceNode(current, change.New.Select((statement, at) => Placed(statement, current, at))),
            };
        }
        return document.WithSyntaxRoot(tracked);
    }

    static SyntaxNode Placed(StatementSyntax statement, SyntaxNode old, int at)
    {
        var placed = statement.WithAdditionalAnnotations(Formatter.Annotation).WithTrailingTrivia(old.GetTrailingTrivia());
        return at == 0 ? placed.WithLeadingTrivia(old.GetLeadingTrivia()) : placed;
    }
}

/// <summary>A statement and those that take its place.</summary>
sealed class Change
{
    public Change(StatementSyntax old, params string[] texts) : this(old, texts.Select(text => SyntaxFactory.ParseStatement(text)).ToArray()) { }

    public Change(StatementSyntax old, params StatementSyntax[] statements) => (Old, New) = (old, statements);

    public StatementSyntax Old { get; }
    public IReadOnlyList<StatementSyntax> New { get; }
}

/// <summary>SEMEL101: a loop of Consume becomes an await foreach.</summary>
static class LoopMove
{
    /// <summary>What both sides' results have alike.</summary>
    static readonly ImmutableHashSet<string> Members = ImmutableHashSet.Create("Message", "Topic", "Offset");

    public static IReadOnlyList<Change>? Find(SyntaxToken at, SemanticModel model, CancellationToken cancellation)
    {
        if (at.Parent is not WhileStatementSyntax { Statement: BlockSyntax { Statements: { Count: > 0 } statements } } loop) return null;
        if (statements[0] is not LocalDeclarationStatementSyntax { Declaration.Variables: { Count: 1 } variables } first
            || variables[0].Initializer?.Value is not InvocationExpressionSyntax pull) return null;
        if (pull.Expression is not MemberAccessExpressionSyntax { Name.Identifier.Text: "Consume" } member || MovableClient.Find(member.Expression, model,
            "ConsumerBuilder", cancellation) is not { } client) return null;
        var limit = pull.ArgumentList.Arguments.Count == 0 ? "" : pull.ArgumentList.Arguments[0].Expression.ToString();
        if (limit.Length > 0 && !model.GetTypeInfo(pull.ArgumentList.Arguments[0].Expression, cancellation).Type.Is("System.Threading",
            "CancellationToken")) return null;
        if (loop.Condition.ToString() is var condition && condition != "true" && condition != $"!{limit}.IsCancellationRequested") return null;
        var record = variables[0].Identifier.Text;
        var uses = loop.Statement.DescendantNodes().OfType<IdentifierNameSyntax>().Where(name => name.Identifier.Text == record);
        if (!uses.All(name => name.Parent is MemberAccessExpressionSyntax access && access.Expression == name
            && Members.Contains(access.Name.Identifier.Text))) return null;
        var changes = new List<Change> { new(client.Declaration, client.Moved(client.Config.ToString(), "Build")) };
        foreach (var call in client.Calls)
            switch (MovableClient.NameOf(call))
            {
                case "Subscribe": break;
                case "Consume" when call == pull: break;
                case "Close" when call.Parent is ExpressionStatementSyntax statement: changes.Add(new Change(statement, Array.Empty<StatementSyntax>())); break;
                default: return null;
            }
        var body = SyntaxFactory.Block(statements.Skip(1));
        var reading = (ForEachStatementSyntax)SyntaxFactory.ParseStatement($"await foreach (var {record} in {client.Name}.ConsumeAsync({limit})) {{ }}");
        changes.Add(new Change(loop, reading.WithStatement(body)));
        return changes;
    }
}

/// <summary>SEMEL102: Produce, with a handler that looks at errors or none, becomes an awaited EnqueueAsync; the flush tells the failure.</summary>
static class ProduceMove
{
    public static IReadOnlyList<Change>? Find(SyntaxToken at, SemanticModel model, CancellationToken cancellation)
    {
        if (at.Parent?.Parent is not MemberAccessExpressionSyntax member || MovableClient.Find(member.Expression, model, "ProducerBuilder",
            cancellation) is not { } client) return null;
        if (client.ProducerConfig() is not { } config) return null;
        var changes = new List<Change> { new(client.Declaration, client.Moved(config, "Build")) };
        var handlers = new HashSet<string>();
        var flushes = new List<ExpressionStatementSyntax>();
        foreach (var call in client.Calls)
        {
            if (call.Parent is not ExpressionStatementSyntax statement) return null;
            switch (MovableClient.NameOf(call))
            {
                case "Flush": flushes.Add(statement); break;
                case "Produce" when Enqueued(client, call, model, client.Name, "", cancellation) is { } text:
                    if (call.ArgumentList.Arguments.Count == 3)
                    {
                        if (WhenFailed(call.ArgumentList.Arguments[2].Expression) is not { } handler) return null;
                        handlers.Add(handler);
                    }
                    changes.Add(new Change(statement, text));
                    break;
                default: return null;
            }
        }
        if (flushes.Count == 0 || handlers.Count > 1) return null;
        var last = handlers.Count == 0 ? "throw failure;" : handlers.Single();
        foreach (var flush in flushes)
            changes.Add(flush == flushes[flushes.Count - 1] ? new Change(flush, $"var flushed = await {client.Name}.FlushAsync();",
                $"if (flushed.FirstError is {{ }} failure) {last}") : new Change(flush, $"await {client.Name}.FlushAsync();"));
        return changes;
    }

    /// <summary>The record by the other side's call; null when its topic or message is not as simple.</summary>
    public static string? Enqueued(MovableClient client, InvocationExpressionSyntax call, SemanticModel model, string receiver, string more,
        CancellationToken cancellation)
    {
        var arguments = call.ArgumentList.Arguments;
        if (arguments.Count is not (2 or 3) || model.GetTypeInfo(arguments[0].Expression,
            cancellation).Type?.SpecialType != SpecialType.System_String) return null;
        return client.Message(arguments[1].Expression) is { } message ? $"await {receiver}.EnqueueAsync({arguments[0].Expression}, {message}{more});" : null;
    }

    /// <summary>What a handler does about an error when it does nothing else, said of the flush's failure.</summary>
    static string? WhenFailed(ExpressionSyntax handler)
    {
        if (handler is not SimpleLambdaExpressionSyntax { Parameter.Identifier.Text: var report, Block.Statements: { Count: 1 } statements }
            || statements[0] is not IfStatementSyntax { Else: null } check) return null;
        if (check.Condition.ToString() != $"{report}.Error.IsError") return null;
        var uses = check.Statement.DescendantNodes().OfType<IdentifierNameSyntax>().Where(name => name.Identifier.Text == report).ToList();
        if (!uses.All(name => name.Parent is MemberAccessExpressionSyntax { Name.Identifier.Text: "Error",
            Parent: MemberAccessExpressionSyntax { Name.Identifier.Text: "Reason" } })) return null;
        return check.Statement.ReplaceNodes(uses, (name, _) => SyntaxFactory.IdentifierName("failure").WithTriviaFrom(name)).ToString();
    }
}

/// <summary>SEMEL103: begin, produce, commit become one ExecuteAsync.</summary>
static class TransactionMove
{
    public static IReadOnlyList<Change>? Find(SyntaxToken at, SemanticModel model, CancellationToken cancellation)
    {
        if (at.Parent?.Parent is not MemberAccessExpressionSyntax { Parent: InvocationExpressionSyntax { Parent: ExpressionStatementSyntax { Parent: BlockSyntax block } commit } } member) return null;
        if (MovableClient.Find(member.Expression, model, "ProducerBuilder", cancellation) is not { } client
            || client.ProducerConfig() is not { } config) return null;
        var end = block.Statements.IndexOf(commit);
        var begin = -1;
        for (var index = 0; index < end; index++)
            if (block.Statements[index] is ExpressionStatementSyntax { Expression: InvocationExpressionSyntax call } && client.Calls.Contains(call)
                && MovableClient.NameOf(call) == "BeginTransaction") begin = index;
        if (begin < 0) return null;
        var inside = block.Statements.Skip(begin + 1).Take(end - begin - 1).ToList();
        // What runs again must do the same again: records and loops around them, and nothing else.
        if (!inside.All(IsRepeatable)) return null;
        var changes = new List<Change> { new(client.Declaration, client.Moved(config, "BuildTransactional")) };
        foreach (var call in client.Calls)
        {
            if (call.Parent is not ExpressionStatementSyntax statement) return null;
            var isInside = inside.Any(each => each.Contains(call));
            switch (MovableClient.NameOf(call))
            {
                case "InitTransactions": changes.Add(new Change(statement, $"await {client.Name}.InitTransactionsAsync();")); break;
                case "BeginTransaction" when statement == block.Statements[begin]: break;
                case "CommitTransaction" when statement == commit: break;
                case "Produce" when isInside && call.ArgumentList.Arguments.Count == 2 && ProduceMove.Enqueued(client, call, model, "transaction",
                    ", cancellation", cancellation) is not null: break;
                default: return null;
            }
        }
        var body = inside.Select(statement => statement.ReplaceNodes(
            statement.DescendantNodesAndSelf().OfType<ExpressionStatementSyntax>().Where(each => each.Expression is InvocationExpressionSyntax call
                && client.Calls.Contains(call)),
            (each, _) => SyntaxFactory.ParseStatement(ProduceMove.Enqueued(client, (InvocationExpressionSyntax)each.Expression, model, "transaction",
                ", cancellation", cancellation)!).WithTriviaFrom(each)));
        // The formatter leaves what stands inside of a lambda where it stands.
        var margin = block.Statements[begin].GetLeadingTrivia().ToString().Split('\n').Last();
        var lines = string.Concat(body.Select(statement => statement.ToFullString())).TrimEnd().Split('\n').Select(line => line.Trim().Length == 0 ? ""
            : $"    {line}");
        var text = $"await {client.Name}.ExecuteAsync(async (transaction, cancellation) =>\n{margin}{{\n{string.Join("\n", lines)}\n{margin}}});";
        changes.Add(new Change(block.Statements[begin], text));
        foreach (var statement in inside) changes.Add(new Change(statement, Array.Empty<StatementSyntax>()));
        changes.Add(new Change(commit, Array.Empty<StatementSyntax>()));
        return changes;
    }

    static bool IsRepeatable(StatementSyntax statement) => statement switch
    {
        ExpressionStatementSyntax { Expression: InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax { Name.Identifier.Text: "Produce" } } } => true,
        ForEachStatementSyntax loop => IsRepeatable(loop.Statement),
        ForStatementSyntax loop => IsRepeatable(loop.Statement),
        BlockSyntax block => block.Statements.All(IsRepeatable),
        _ => false,
    };
}

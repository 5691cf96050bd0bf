using System.Collections.Immutable;
using System.Composition;
using System.Linq;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Semel.Analyzers;

/// <summary>SEMEL005: using without await on a producer, where await can be.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class BlockingDisposeAnalyzer : DiagnosticAnalyzer
{
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics => ImmutableArray.Create(Rules.BlockingDispose);

    public override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.EnableConcurrentExecution();
        context.RegisterSyntaxNodeAction(LookAtDeclaration, SyntaxKind.LocalDeclarationStatement);
        context.RegisterSyntaxNodeAction(LookAtStatement, SyntaxKind.UsingStatement);
    }

    static void LookAtDeclaration(SyntaxNodeAnalysisContext context)
    {
        var statement = (LocalDeclarationStatementSyntax)context.Node;
        if (statement.UsingKeyword.IsKind(SyntaxKind.None) || !statement.AwaitKeyword.IsKind(SyntaxKind.None)) return;
        Look(context, statement.UsingKeyword, statement.Declaration.Variables[0].Initializer?.Value);
    }

    static void LookAtStatement(SyntaxNodeAnalysisContext context)
    {
        var statement = (UsingStatementSyntax)context.Node;
        if (!statement.AwaitKeyword.IsKind(SyntaxKind.None)) return;
        Look(context, statement.UsingKeyword, statement.Expression ?? statement.Declaration?.Variables[0].Initializer?.Value);
    }

    static void Look(SyntaxNodeAnalysisContext context, SyntaxToken keyword, ExpressionSyntax? value)
    {
        if (value is not null && keyword.Parent!.IsInAsync() && context.SemanticModel.GetTypeInfo(value, context.CancellationToken).Type.IsProducer())
            context.ReportDiagnostic(Diagnostic.Create(Rules.BlockingDispose, keyword.GetLocation()));
    }
}

/// <summary>Writes the await.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp), Shared]
public sealed class BlockingDisposeFix : CodeFixProvider
{
    public override ImmutableArray<string> FixableDiagnosticIds => ImmutableArray.Create(Rules.BlockingDispose.Id);
    public override FixAllProvider GetFixAllProvider() => WellKnownFixAllProviders.BatchFixer;

    public override async Task RegisterCodeFixesAsync(CodeFixContext context)
    {
        var root = (await context.Document.GetSyntaxRootAsync(context.CancellationToken).ConfigureAwait(false))!;
        var keyword = root.FindToken(context.Span.Start);
        context.RegisterCodeFix(CodeAction.Create("Write 'await using'",
            _ => Task.FromResult(context.Document.WithSyntaxRoot(root.ReplaceNode(keyword.Parent!, Awaited(keyword.Parent!)))), "await"), context.Diagnostics);
    }

    static SyntaxNode Awaited(SyntaxNode statement)
    {
        var awaiting = SyntaxFactory.Token(statement.GetLeadingTrivia(), SyntaxKind.AwaitKeyword, SyntaxFactory.TriviaList(SyntaxFactory.Space));
        return statement.WithoutLeadingTrivia() switch
        {
            LocalDeclarationStatementSyntax declaration => declaration.WithAwaitKeyword(awaiting),
            UsingStatementSyntax block => block.WithAwaitKeyword(awaiting),
            var other => other,
        };
    }
}

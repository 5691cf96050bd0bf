using System.Collections.Immutable;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Semel.Analyzers;

/// <summary>
/// SEMEL001 and SEMEL002: a catch around calls of a transaction that goes on without an abort. A catch with a filter has looked at the failure, and one of
/// another kind of
/// exception than the client's is the application's own business.
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class TransactionCatchAnalyzer : DiagnosticAnalyzer
{
    /// <summary>Who calls one of these knows that the transaction has to end.</summary>
    static readonly ImmutableHashSet<string> Endings = ImmutableHashSet.Create("AbortAsync", "ResolveAsync", "DisposeAsync", "AbortTransaction");

    static readonly ImmutableHashSet<string> CallsOfCompat = ImmutableHashSet.Create("SendOffsetsToTransaction", "CommitTransaction");

    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics => ImmutableArray.Create(Rules.SwallowedAbortable, Rules.CatchAll);

    public override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.EnableConcurrentExecution();
        context.RegisterSyntaxNodeAction(Look, SyntaxKind.TryStatement);
    }

    static void Look(SyntaxNodeAnalysisContext context)
    {
        var statement = (TryStatementSyntax)context.Node;
        if (!statement.Block.DescendantNodes().OfType<InvocationExpressionSyntax>().Any(call => IsOfTransaction(call, context))) return;
        foreach (var clause in statement.Catches)
        {
            if (clause.Filter is not null || !GoesOn(clause, context)) continue;
            var caught = clause.Declaration is { } declaration ? context.SemanticModel.GetTypeInfo(declaration.Type, context.CancellationToken).Type : null;
            if (caught is null || caught.ToDisplayString() == "System.Exception") context.ReportDiagnostic(Diagnostic.Create(Rules.CatchAll,
                clause.CatchKeyword.GetLocation()));
            else if (caught.Is(Names.Client, "KafkaException") || caught.Is(Names.Compat, "KafkaException"))
                context.ReportDiagnostic(Diagnostic.Create(Rules.SwallowedAbortable, clause.CatchKeyword.GetLocation(), caught.Name));
        }
    }

    static bool IsOfTransaction(InvocationExpressionSyntax call, SyntaxNodeAnalysisContext context)
    {
        if (call.Expression is not MemberAccessExpressionSyntax member) return false;
        if (context.SemanticModel.GetTypeInfo(member.Expression, context.CancellationToken).Type is not { } receiver) return false;
        return receiver.IsTransaction() || (receiver.Is(Names.Compat, "IProducer") && CallsOfCompat.Contains(member.Name.Identifier.Text));
    }

    static bool GoesOn(CatchClauseSyntax clause, SyntaxNodeAnalysisContext context)
    {
        var calls = clause.Block.DescendantNodes().OfType<InvocationExpressionSyntax>().Select(call => call.Expression).OfType<MemberAccessExpressionSyntax>();
        if (calls.Any(call => Endings.Contains(call.Name.Identifier.Text))) return false;
        if (clause.Block.Statements.Count == 0) return true;
        var flow = context.SemanticModel.AnalyzeControlFlow(clause.Block);
        // A return or a break leaves the transaction; a continue goes on with it as the end of the block does.
        return flow is { Succeeded: true } && (flow.EndPointIsReachable || flow.ExitPoints.Any(exit => exit.IsKind(SyntaxKind.ContinueStatement)));
    }
}

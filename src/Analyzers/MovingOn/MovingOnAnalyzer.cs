using System.Collections.Immutable;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Semel.Analyzers;

/// <summary>SEMEL101 to SEMEL103: what of Confluent.Kafka's shapes has a shorter or safer one in Semel.Client.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class MovingOnAnalyzer : DiagnosticAnalyzer
{
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics => ImmutableArray.Create(Rules.ConsumeLoop, Rules.ProduceCall,
        Rules.TransactionCalls);

    public override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.EnableConcurrentExecution();
        context.RegisterSyntaxNodeAction(node => Look(node, null), SyntaxKind.InvocationExpression);
    }

    /// <param name="only">One rule; null for all.</param>
    internal static void Look(SyntaxNodeAnalysisContext context, string? only)
    {
        var call = (InvocationExpressionSyntax)context.Node;
        if (call.Expression is not MemberAccessExpressionSyntax { Name: { Identifier.Text: "Consume" or "Produce" or "CommitTransaction" } name } member) return;
        var receiver = context.SemanticModel.GetTypeInfo(member.Expression, context.CancellationToken).Type;
        void Tell(DiagnosticDescriptor rule, Location place, params object[] arguments)
        {
            if (only is null || only == rule.Id) context.ReportDiagnostic(Diagnostic.Create(rule, place, arguments));
        }
        switch (name.Identifier.Text)
        {
            case "Consume" when receiver.Is(Names.Compat, "IConsumer") && call.FirstAncestorOrSelf<WhileStatementSyntax>() is { } loop:
                Tell(Rules.ConsumeLoop, loop.WhileKeyword.GetLocation(), member.Expression.ToString());
                break;
            case "Produce" when receiver.Is(Names.Compat, "IProducer"):
                Tell(Rules.ProduceCall, name.GetLocation());
                break;
            case "CommitTransaction" when receiver.Is(Names.Compat, "IProducer"):
                Tell(Rules.TransactionCalls, name.GetLocation());
                break;
        }
    }
}

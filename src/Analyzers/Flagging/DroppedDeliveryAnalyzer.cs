using System.Collections.Immutable;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Semel.Analyzers;

/// <summary>SEMEL003: an EnqueueAsync whose delivery nobody looks at, on a producer that is a local of this method and that the method does not
/// flush.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class DroppedDeliveryAnalyzer : DiagnosticAnalyzer
{
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics => ImmutableArray.Create(Rules.DroppedDelivery);

    public override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.EnableConcurrentExecution();
        context.RegisterSyntaxNodeAction(Look, SyntaxKind.ExpressionStatement);
    }

    static void Look(SyntaxNodeAnalysisContext context)
    {
        var expression = ((ExpressionStatementSyntax)context.Node).Expression;
        if (expression is AssignmentExpressionSyntax { Left: IdentifierNameSyntax { Identifier.Text: "_" } } discarded) expression = discarded.Right;
        if (expression is AwaitExpressionSyntax awaited) expression = awaited.Expression;
        if (expression is not InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax { Name.Identifier.Text: "EnqueueAsync",
            Expression: IdentifierNameSyntax producer } } call) return;
        var model = context.SemanticModel;
        if (!model.GetTypeInfo(producer, context.CancellationToken).Type.Is(Names.Client, "IProducer")) return;
        if (model.GetSymbolInfo(producer, context.CancellationToken).Symbol is not ILocalSymbol local) return;
        var scope = local.DeclaringSyntaxReferences[0].GetSyntax(context.CancellationToken).FirstAncestorOrSelf<MemberDeclarationSyntax>();
        if (scope is null || scope.DescendantNodes().OfType<IdentifierNameSyntax>().Any(name => IsFlushedOrHandedOn(name, local, context))) return;
        context.ReportDiagnostic(Diagnostic.Create(Rules.DroppedDelivery, call.GetLocation(), local.Name));
    }

    /// <summary>Whoever gets the producer as an argument may flush it.</summary>
    static bool IsFlushedOrHandedOn(IdentifierNameSyntax name, ILocalSymbol local, SyntaxNodeAnalysisContext context)
    {
        if (name.Identifier.Text != local.Name || !SymbolEqualityComparer.Default.Equals(context.SemanticModel.GetSymbolInfo(name,
            context.CancellationToken).Symbol, local)) return false;
        return name.Parent is MemberAccessExpressionSyntax member ? member.Name.Identifier.Text == "FlushAsync"
            : name.Parent is ArgumentSyntax or ReturnStatementSyntax or AssignmentExpressionSyntax or EqualsValueClauseSyntax;
    }
}

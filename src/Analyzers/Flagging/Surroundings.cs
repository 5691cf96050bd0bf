using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Semel.Analyzers;

/// <summary>What code stands in.</summary>
static class Surroundings
{
    /// <summary>Whether an await can stand here: in an async function, or at the top level of a program.</summary>
    public static bool IsInAsync(this SyntaxNode node)
    {
        foreach (var outer in node.Ancestors())
            switch (outer)
            {
                case AnonymousFunctionExpressionSyntax function: return function.Modifiers.Any(SyntaxKind.AsyncKeyword);
                case LocalFunctionStatementSyntax function: return function.Modifiers.Any(SyntaxKind.AsyncKeyword);
                case MethodDeclarationSyntax method: return method.Modifiers.Any(SyntaxKind.AsyncKeyword);
                case GlobalStatementSyntax: return true;
                case BaseMethodDeclarationSyntax or AccessorDeclarationSyntax: return false;
            }
        return false;
    }
}
